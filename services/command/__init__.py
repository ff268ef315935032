"""The command service: validates commands against their ticket and makes the accepted ones durable events."""
