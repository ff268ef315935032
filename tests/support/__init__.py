"""What several tests use: engines, a running stack, commands to send."""
