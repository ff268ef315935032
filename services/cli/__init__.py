"""The `ticketstream` command."""
