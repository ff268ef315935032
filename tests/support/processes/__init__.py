"""Processes that tests start and inspect."""
