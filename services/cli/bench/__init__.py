"""Benchmarks: what the platform does in a second, beside what simpler programs do on the same machine at that time."""
