"""Kafka and MongoDB for tests, and faults that tests cause on them."""
