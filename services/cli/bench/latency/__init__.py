"""The time from the answer to a command until the views show its event."""
