"""The API description: an OpenAPI 3.1 document, made from the contract's models and tables in the code."""
