"""Imports of directory and users files: reading, checking and applying them."""
