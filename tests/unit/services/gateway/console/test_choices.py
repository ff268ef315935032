"""The lists of forms: made once for a directory, and long ones on a thread."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from services.gateway.console import choices as module
from services.gateway.console.choices import Choices
from services.gateway.console.shown_list import Choice, offered_providers
from shared.accounts.scopes import EVERYTHING, Visible
from shared.directory.entries import Agency, Directory, ProviderContact
from tests.support.data.directory import ACCOUNT, NORTH, SOUTH
from tests.support.data.tickets import ticket_uid

AGENCIES = {uid: Agency(uid=uid, label=label, accountUid=ACCOUNT) for uid, label in ((NORTH, "nord"), (SOUTH, "Midi"))}


def provider(number: int) -> ProviderContact:
    return ProviderContact(uid=ticket_uid(number), name=f"Froid {number}", phones=(), fax=(), emails=())


async def test_a_list_is_kept_until_the_directory_changes() -> None:
    choices, directory = Choices(), Directory(agencies=AGENCIES, providers={"1": provider(1)})
    first = await choices.agencies(directory, EVERYTHING)
    assert [choice.name for choice in first] == ["Midi", "nord"]
    assert [choice.name for choice in await choices.agencies(directory, Visible("agencies", (NORTH,)))] == ["nord"]
    assert [choice.name for choice in await choices.providers(directory)] == ["Froid 1"]
    assert await choices.agencies(directory, EVERYTHING) is first
    later = Directory(agencies={SOUTH: AGENCIES[SOUTH]})
    assert [choice.name for choice in await choices.agencies(later, EVERYTHING)] == ["Midi"]
    assert await choices.providers(later) == []


async def test_many_providers_are_sorted_once_and_not_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def seen(directory: Directory) -> Sequence[Choice]:
        threads.append(threading.current_thread())
        return offered_providers(directory)

    monkeypatch.setattr(module, "offered_providers", seen)
    choices, few = Choices(), Directory(providers={"1": provider(1)})
    many = Directory(providers={str(number): provider(number) for number in range(1_000)})
    await choices.providers(few)
    offered = await asyncio.gather(*(choices.providers(many) for _ in range(5)))
    assert [thread is threading.main_thread() for thread in threads] == [True, False]
    assert all(one is offered[0] for one in offered)
