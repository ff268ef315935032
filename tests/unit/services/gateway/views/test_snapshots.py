"""Looks at how far the views are, while MongoDB has no snapshot yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.gateway.views import snapshot as snapshots
from services.gateway.views.snapshot import SNAPSHOT_UNAVAILABLE, Snapshots
from shared.mongo import Database, OperationFailure
from shared.storage.checkpoints import Progress

NOW = Progress(1, datetime(2016, 5, 26, tzinfo=UTC))


async def test_who_waits_for_the_feed_looks_again_while_no_snapshot_is_available(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[Progress | Exception] = [OperationFailure("too young", SNAPSHOT_UNAVAILABLE), NOW]

    @asynccontextmanager
    async def opened(_client: object) -> AsyncIterator[None]:
        yield None

    async def look(*_place: Any, **_limit: Any) -> Progress:
        found = looks.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(snapshots, "snapshot", opened)
    monkeypatch.setattr(snapshots, "snapshot_time", lambda _session: None)
    monkeypatch.setattr(snapshots, "read_progress", look)
    assert await Snapshots(cast("Database", SimpleNamespace(client=None))).progress() == NOW
