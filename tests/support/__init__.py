"""Helpers that several tests use: engines, clients, data, processes, expected results and measurements."""
