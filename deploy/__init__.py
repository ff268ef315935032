"""Deployment of Ticketstream: configuration files, and code that runs Kafka and MongoDB. It imports no service."""
