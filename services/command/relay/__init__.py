"""The relay: publishes committed events to Kafka, and fills the topic again after a loss."""
