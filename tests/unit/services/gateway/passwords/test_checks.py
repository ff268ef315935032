import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from services.gateway.passwords import checks
from services.gateway.passwords.checks import AT_ONCE, STRANGERS_AT_ONCE, WAITING, Checks, TooManyLoginsError
from tests.support.expected.views import until

Task = asyncio.Task[None]


class Client:
    """A client whose request has been read: the server reports only that it has left."""

    def __init__(self) -> None:
        self._left = asyncio.Event()

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


class Crowd:
    """Checks that run until `end` ends them; `begun` lists them in the order of their start."""

    def __init__(self) -> None:
        self.checks = Checks()
        self.begun: list[str] = []
        self.to_end = asyncio.Semaphore(0)

    def enter(self, *path: str, known: bool = True, client: Client | None = None) -> Task:
        return asyncio.create_task(self._check(path, client or Client(), known=known))

    async def _check(self, path: tuple[str, ...], client: Client, *, known: bool) -> None:
        async with self.checks.turn(path, client.receive, known=known):
            self.begun.append("/".join(path))
            await self.to_end.acquire()

    async def fill(self, *, known: bool, client: Client | None = None) -> list[Task]:
        """Fill all running and waiting places, each from another address."""
        running = AT_ONCE if known else STRANGERS_AT_ONCE
        tasks = [self.enter(f"{number}", "x", known=known, client=client) for number in range(running + WAITING)]
        await self.settled()
        assert len(self.begun) == running
        return tasks

    async def settled(self) -> None:
        """Wait until every task waits."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def end(self, *tasks: Task) -> list[BaseException | None]:
        """End all checks and return their outcomes."""
        for _ in tasks:
            self.to_end.release()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert self.checks._known.running == self.checks._strangers.running == 0
        assert len(self.checks._known.waiting) == len(self.checks._strangers.waiting) == 0
        return outcomes


@pytest.mark.parametrize("known", [True, False])
async def test_few_checks_run_at_once_and_the_others_follow(*, known: bool) -> None:
    crowd = Crowd()
    tasks = await crowd.fill(known=known)
    assert set(await crowd.end(*tasks)) == {None}
    assert crowd.begun == [f"{number}/x" for number in range(len(tasks))]


async def test_a_full_lane_refuses_the_group_with_the_most_places() -> None:
    crowd = Crowd()
    tasks = [crowd.enter("many", "x") for _ in range(AT_ONCE + WAITING)]
    await crowd.settled()
    with pytest.raises(TooManyLoginsError):
        await crowd.enter("many", "x")
    other = crowd.enter("other", "x")
    refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert [type(task.exception()) for task in refused] == [TooManyLoginsError]
    outcomes = await crowd.end(*tasks, other)
    assert outcomes.count(None) == AT_ONCE + WAITING
    assert crowd.begun.index("other/x") <= AT_ONCE + 1


async def test_strangers_cannot_use_the_places_and_all_checks_of_known_logins() -> None:
    crowd = Crowd()
    strangers = await crowd.fill(known=False)
    strangers.append(crowd.enter("one more", "x", known=False))
    await crowd.settled()
    known = [crowd.enter(f"known {number}", "x") for number in range(AT_ONCE + WAITING - STRANGERS_AT_ONCE)]
    await crowd.settled()
    assert crowd.begun == ["0/x", "known 0/x"]
    outcomes = Counter(map(type, await crowd.end(*strangers, *known)))
    assert outcomes == {type(None): STRANGERS_AT_ONCE + WAITING + len(known), TooManyLoginsError: 1}


async def test_known_logins_do_not_block_strangers() -> None:
    crowd = Crowd()
    known = await crowd.fill(known=True)
    stranger = crowd.enter("stranger", "x", known=False)
    await crowd.settled()
    crowd.to_end.release()
    await until(lambda: _begun(crowd, "stranger/x"))
    assert len(crowd.begun) == AT_ONCE + 1
    assert set(await crowd.end(*known, stranger)) == {None}


async def test_a_check_that_fails_gives_its_place_back() -> None:
    shared = Checks()
    for _ in range(AT_ONCE + WAITING + 1):
        with pytest.raises(ZeroDivisionError):
            async with shared.turn(("a", "x"), Client().receive, known=True):
                raise ZeroDivisionError
    assert shared._known.running == 0


async def test_a_login_does_not_wait_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()
    monkeypatch.setattr(checks, "WAIT_SECONDS", 0.05)
    tasks = await crowd.fill(known=True)
    done, _ = await asyncio.wait(tasks[AT_ONCE:])
    assert {type(task.exception()) for task in done} == {TooManyLoginsError}
    following = crowd.enter("following", "x")
    assert (await crowd.end(*tasks, following)).count(None) == AT_ONCE + 1


async def test_strangers_that_disconnect_free_their_places_at_once() -> None:
    crowd, client = Crowd(), Client()
    tasks = await crowd.fill(known=False, client=client)
    client.leave()
    done, _ = await asyncio.wait(tasks[STRANGERS_AT_ONCE:], timeout=5)
    assert [type(task.exception()) for task in done] == [ClientDisconnect] * WAITING
    others = [crowd.enter(f"other {number}", "x", known=False) for number in range(WAITING)]
    outcomes = await crowd.end(*tasks, *others)
    assert outcomes.count(None) == STRANGERS_AT_ONCE + WAITING


async def test_a_client_that_leaves_while_waiting_frees_its_place() -> None:
    crowd = Crowd()
    tasks = await crowd.fill(known=True)
    for task in tasks[AT_ONCE:]:
        task.cancel()
    await crowd.settled()
    assert len(crowd.checks._known.waiting) == 0
    outcomes = await crowd.end(*tasks)
    assert outcomes.count(None) == AT_ONCE


@pytest.mark.parametrize("departure", ["cancel", "leave"])
@pytest.mark.parametrize("first", ["turn", "departure"])
async def test_the_turn_of_a_client_that_just_left_goes_to_the_next(first: str, departure: str) -> None:
    crowd, client = Crowd(), Client()
    running = [crowd.enter("a", "x") for _ in range(AT_ONCE)]
    await crowd.settled()
    leaving, following = crowd.enter("b", "leaving", client=client), crowd.enter("c", "following")
    await crowd.settled()
    acts: dict[str, Callable[[], object]] = {
        "turn": lambda: crowd.checks._end(crowd.checks._known),
        "departure": leaving.cancel if departure == "cancel" else client.leave,
    }
    for act in sorted(acts, key=first.__ne__):
        acts[act]()
    await until(lambda: _begun(crowd, "c/following"))
    assert "b/leaving" not in crowd.begun
    crowd.checks._known.running += 1  # it was counted down without having ended
    await crowd.end(*running, leaving, following)


async def _begun(crowd: Crowd, name: str) -> bool:
    return name in crowd.begun
