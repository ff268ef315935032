"""How Ticketstream is run; it knows the engines and imports no service."""
