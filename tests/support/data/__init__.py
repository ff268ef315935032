"""Commands, events, tickets and directories that tests send."""
