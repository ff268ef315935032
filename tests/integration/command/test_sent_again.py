"""Commands that are sent again: one event, and `CommandAlreadySent` for all other sendings."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.integration.command.command_platform import (
    Client,
    Services,
    bodies,
    command_service,
    error_of,
    fresh,
    written,
)
from tests.support.clients.http import Answer
from tests.support.engines.proxy import Proxy, proxy
from tests.support.expected.views import until

Process = asyncio.subprocess.Process


def outcomes(answers: list[Answer]) -> Counter[str]:
    """Count the answers: `accepted` or the error."""
    return Counter("accepted" if answer.status in (200, 201) else error_of(answer) for answer in answers)


@pytest.mark.parametrize("to", [0, 1], ids=["to the same service", "to another service"])
async def test_after_the_answer(commands: Services, to: int) -> None:
    opening, message = written("OpenTicket", aggregateUid=fresh()), written("AddMessage")
    ticket = opening["aggregateUid"]
    first = [await commands.send(opening), await commands.send(message, ticket)]
    again = [await commands.send(opening, to=to), await commands.send(message | {"message": "new"}, ticket, to=to)]
    assert (outcomes(first), outcomes(again)) == ({"accepted": 2}, {"CommandAlreadySent": 2})
    assert len(await bodies(commands.db, ticket)) == 2


@pytest.mark.parametrize("name", ["OpenTicket", "AddMessage"])
async def test_a_command_sent_eight_times_to_both_services_counts_once(commands: Services, name: str) -> None:
    opening = written("OpenTicket")
    ticket = None if name == "OpenTicket" else await commands.opened()
    sent = opening if name == "OpenTicket" else written(name)
    answers = await asyncio.gather(*(commands.send(sent, ticket, to=n % 2) for n in range(8)))
    assert outcomes(answers) == {"accepted": 1, "CommandAlreadySent": 7}
    assert await commands.db.events.count_documents({"processUid": sent["processUid"]}) == 1


@asynccontextmanager
async def behind_a_proxy(commands: Services, log: Path) -> AsyncIterator[tuple[Client, Process, Proxy]]:
    """Run a third service with a proxy between it and MongoDB."""
    async with proxy(urlsplit(commands.settings.mongo).port or 0) as between:
        mongo = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
        settings = commands.settings.model_copy(update={"mongo": mongo})
        async with command_service(settings, log, f"third-{fresh()}") as (url, process):
            yield Client((url,), commands.cookies), process, between


async def stored(commands: Services, process: str) -> None:
    """Wait until the event store holds the event of the command with this processUid."""

    async def there() -> bool:
        return await commands.db.events.count_documents({"processUid": process}) == 1

    await until(there)


async def test_while_the_first_is_not_answered_yet(commands: Services, tmp_path: Path) -> None:
    ticket, sent = await commands.opened(), written("AddMessage")
    async with behind_a_proxy(commands, tmp_path / "log") as (third, _, between):
        between.keep_back_after = sent["processUid"].encode()
        first = asyncio.create_task(third.send(sent, ticket))
        await stored(commands, sent["processUid"])
        again = asyncio.create_task(third.send(sent, ticket))
        elsewhere = await commands.send(sent, ticket)
        assert not first.done()
        between.keep_back_after = None
        between.passing.set()
        answers = [await first, await again, elsewhere]
    assert outcomes(answers[:1]) == {"accepted": 1}
    assert outcomes(answers[1:]) == {"CommandAlreadySent": 2}
    assert len(await bodies(commands.db, ticket)) == 2


@pytest.mark.parametrize("name", ["OpenTicket", "AddMessage"])
async def test_after_a_crash_between_the_write_and_the_answer(commands: Services, tmp_path: Path, name: str) -> None:
    sent, log = written(name), tmp_path / "log"
    ticket = None if name == "OpenTicket" else await commands.opened()
    async with behind_a_proxy(commands, log) as (third, process, between):
        between.keep_back_after = sent["processUid"].encode()
        unanswered = asyncio.create_task(third.send(sent, ticket))
        await stored(commands, sent["processUid"])
        assert not unanswered.done()
        process.send_signal(signal.SIGKILL)
        with pytest.raises(aiohttp.ClientError):
            await unanswered
    async with command_service(commands.settings, log) as (url, _):
        restarted = Client((url,), commands.cookies)
        assert outcomes([await restarted.send(sent, ticket)]) == {"CommandAlreadySent": 1}
    assert outcomes([await commands.send(sent, ticket)]) == {"CommandAlreadySent": 1}
    (event,) = await commands.db.events.find({"processUid": sent["processUid"]}).to_list(None)
    assert len(await bodies(commands.db, event["ticket"])) == (1 if ticket is None else 2)
