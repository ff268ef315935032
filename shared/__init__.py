"""What every service shares: the contract's models and the doors to Kafka and MongoDB."""
