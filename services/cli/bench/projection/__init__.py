"""Catching up: events into views, beside a raw bulk write of the same documents."""
