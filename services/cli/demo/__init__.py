"""The demonstration: one ticket's life played over HTTP on a stack of its own, and a platform set up to be tried."""
