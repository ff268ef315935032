"""What can be typed: one module per command or group of commands."""
