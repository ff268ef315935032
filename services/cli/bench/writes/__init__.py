"""The speed of the write path: commands a second, the relay, and the time from an answer to the topic."""
