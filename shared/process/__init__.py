"""A service process: its settings, its start and end, its heartbeat and its health."""
