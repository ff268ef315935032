"""The console: pages for people, rendered on the server from the reads that answer the API (decision 0032)."""
