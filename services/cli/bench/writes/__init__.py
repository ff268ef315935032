"""The write path: commands a second, the relay, and the way from an answer to the topic."""
