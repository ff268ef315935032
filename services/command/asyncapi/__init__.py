"""The description of the topics: an AsyncAPI 3.0 document, from the contract's models and the code's tables."""
