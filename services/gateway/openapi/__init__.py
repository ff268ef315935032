"""The description of the HTTP interface: an OpenAPI 3.1 document, from the contract's models and the code's tables."""
