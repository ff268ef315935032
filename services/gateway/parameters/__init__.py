"""The parameters of a request: query string and headers, read and validated. All modules are pure."""
