"""MongoDB away from a projection: what is known stays known, and the worker is none the worse for it."""

import pytest

from shared.kafka import Message, producer, publish
from shared.mongo import Database
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.directory import publish_directory
from tests.support.projecting import projecting_into
from tests.support.proxy import Proxy
from tests.support.views import until


async def test_a_stopped_partition_stays_one_and_is_no_fault_of_the_worker(
    settings: EngineSettings,
    between: Proxy,
    through: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("services.projector.progress.STALLED_SECONDS", 1)
    await publish_directory(settings)
    topic, logged = Topics(settings.topic_prefix).ticket_events, ""
    async with producer(settings.kafka) as sender, projecting_into(through, settings) as projection:

        async def is_stopped() -> bool:
            return [one.partition for one in projection.stopped] == [4]

        async def has_failed() -> bool:
            nonlocal logged
            logged += capsys.readouterr().out
            return logged.count("batch_failed") >= 3

        await publish(sender, topic, [Message(4, b"key", b"{", 1)])
        await until(is_stopped)
        between.closed = True
        between.cut()
        await until(has_failed)
        assert await is_stopped()
        assert (projection.objection, projection.lag, projection.lag_seconds) == (None, 1, 0)
        between.closed = False
