"""MongoDB out of reach of a projection: its memory stays correct, and it continues afterwards."""

import pytest

from shared.kafka.publishing import Message, producer, publish
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.support.data.directory import publish_directory
from tests.support.engines.proxy import Proxy
from tests.support.expected.views import until
from tests.support.processes.projecting import projecting_into


async def test_a_stopped_partition_does_not_make_the_worker_unhealthy(
    settings: EngineSettings,
    between: Proxy,
    through: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("services.projector.health.STALLED_SECONDS", 1)
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
        assert (projection.problem, projection.lag, projection.lag_seconds) == (None, 1, 0)
        between.closed = False
