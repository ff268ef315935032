"""Benchmarks: the platform's speed, next to that of simpler programs on the same machine in the same run."""
