"""The directory entries that an event refers to."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from services.projector.folds.references import unknown_uids
from shared.contract import TicketEvent
from shared.directory.entries import Directory
from tests.unit.services.projector.folds.story import (
    AGENCY,
    ANONYMOUS,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    PHONE,
    PROVIDER,
    REFERENCED,
    SHARED_PATRIMONY,
    STRANGER,
    UNKNOWN,
    event,
    opened,
    updated,
)

MOVED = updated(location=AT_SHARED_PATRIMONY)
NOON = "2016-05-26T10:00:00.000Z"


def called(provider: Mapping[str, object]) -> TicketEvent:
    recipient = {"provider": provider, "personaType": "ProviderPersona"}
    return event("CallEmittedTo", recipient=recipient, medium=PHONE, date=NOON)


PERSON = {"name": {"value": "M. Carpentier", "nameType": "PoorName"}, "personaType": "UnClassifiedPersona"}


@pytest.mark.parametrize(
    ("told", "directory", "missing"),
    [
        (opened(), DIRECTORY, set()),
        (opened(), Directory(), {AGENCY}),
        (MOVED, DIRECTORY, set()),
        (MOVED, Directory(), {SHARED_PATRIMONY}),
        (MOVED, replace(DIRECTORY, agencies={}), {AGENCY, OTHER_AGENCY}),
        (event("ArrivedOnSite", provider=REFERENCED, date=NOON), Directory(), {PROVIDER}),
        (event("ArrivedOnSite", provider=STRANGER, date=NOON), DIRECTORY, {UNKNOWN}),
        (event("ArrivedOnSite", provider=ANONYMOUS, date=NOON), Directory(), set()),
        (event("TicketArchived", closingDate=NOON), Directory(), set()),
        (called(REFERENCED), Directory(), {PROVIDER}),
        (called(ANONYMOUS), Directory(), set()),
        (event("CallEmittedTo", recipient=PERSON, medium=PHONE, date=NOON), Directory(), set()),
    ],
)
def test_an_event_waits_for_the_entries_it_names_and_the_directory_lacks(
    told: TicketEvent, directory: Directory, missing: set[str]
) -> None:
    assert unknown_uids(told, directory) == missing
