"""`ticketstream up`: runs Kafka, MongoDB and the services as child processes."""
