"""The AsyncAPI 3.0 document that describes the topics, made from the contract's models and the topics' settings."""
