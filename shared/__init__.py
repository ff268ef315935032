"""What every service shares: the contract's models and the access to Kafka and MongoDB."""
