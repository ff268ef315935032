"""Clients that tests drive the platform with."""
