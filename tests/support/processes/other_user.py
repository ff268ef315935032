"""Runs a part of a test as another user of the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

NOBODY = 65_534


@contextmanager
def as_another_user() -> Iterator[None]:
    """Run the block as another user; skips the test where this is not allowed."""
    if os.geteuid():
        pytest.skip("only root may become another user")
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
