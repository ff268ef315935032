"""Measurements in tests: processor time, query costs, recovery times, traces."""
