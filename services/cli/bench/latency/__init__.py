"""From the answer to a command until the views show it."""
