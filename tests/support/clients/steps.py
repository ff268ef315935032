"""Random commands in groups that are sent at the same time: all kinds, few tickets, two services."""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.contract.shapes import COMMANDS, EVENTS
from tests.support.data.contract_examples import command
from tests.support.data.directory import NORTH, PARK
from tests.support.data.tickets import AT_NORTH
from tests.support.expected.command_answers import CORRECTABLE, Fields


class Step(NamedTuple):
    """A command to service number `to`. Uids are numbers: within one example, equal numbers are equal uids."""

    to: int
    ticket: int
    kind: str
    process: int
    changed: dict[str, Any] = {}  # noqa: RUF012 - the default of a field, that nobody changes
    target: int = 0

    def written(self, uids: Callable[[str], str]) -> Fields:
        """Return the JSON fields of the command."""
        fields = {"processUid": uids(f"process {self.process}")} | self.changed
        if self.kind == "OpenTicket":
            fields["aggregateUid"] = uids(f"ticket {self.ticket}")
        if self.kind == "CorrectTicketEventInformations":
            fields["targetedEvent"] = uids(f"process {self.target}")
        return command(self.kind, **fields)


Group = Sequence[Step]

PLACES = st.sampled_from(
    (
        *[AT_NORTH] * 3,
        {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"},
        {"patrimonyUid": NORTH, "locationReferenceType": "PatrimonyLocation"},
    )
)
DATES = (
    "2016-08-25T17:00:00.000Z",
    "2016-08-25T18:00:00.000Z",
    "2016-08-25T20:00:00.001+02:00",
    "2016-08-26T09:00:00.000Z",
)
ANY_DATE, LATER = st.sampled_from(DATES), st.sampled_from(DATES[1:])
CORRECTIONS = st.sampled_from(
    ({"request": "Mended"}, *[{"closingReport": "Mended"}] * 3, {"request": "Mended", "instructions": "\u00a0"}, {})
)
VARIED: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "OpenTicket": st.fixed_dictionaries({"locationRef": PLACES}),
    "UpdateTicket": st.fixed_dictionaries({"locationRef": PLACES}),
    "AssignProvider": st.just({}),
    "ScheduleMission": st.fixed_dictionaries({"startDate": ANY_DATE, "endDate": LATER}),
    "DefineInterventionDeadline": st.fixed_dictionaries({"deadline": ANY_DATE}),
    "ReportSendingServiceOrder": st.just({}),
    "ReportFormalNoticeForProvider": st.fixed_dictionaries({"reportDate": LATER, "deadline": ANY_DATE}),
    "CorrectTicketInformations": st.fixed_dictionaries({"fieldsToCorrect": CORRECTIONS}),
    "CorrectTicketEventInformations": st.fixed_dictionaries({"text": st.sampled_from(("Mended", "Mended", " "))}),
}
"""Commands whose answer depends on the ticket's state, or changes it, with the fields that vary."""
CORRECTABLE_COMMANDS = {EVENTS[event]["from_command"] for event in CORRECTABLE}
KINDS = (*COMMANDS, *sorted(CORRECTABLE_COMMANDS), *VARIED, *VARIED)


def steps_of(kind: str) -> st.SearchStrategy[Step]:
    """Build commands of one kind. Few numbers occur, so that repeats and valid references are frequent."""
    return st.builds(
        Step,
        to=st.integers(0, 1),
        ticket=st.sampled_from((0, 0, 0, 1, 1, 2)),
        kind=st.just(kind),
        process=st.integers(0, 7) if kind in CORRECTABLE_COMMANDS else st.integers(10, 60),
        changed=VARIED.get(kind, st.just({})),
        target=st.integers(0, 7) | st.integers(61, 65),
    )


COMMON: tuple[Group, ...] = (
    (
        Step(0, 0, "OpenTicket", 61, {"locationRef": AT_NORTH}),
        Step(1, 1, "OpenTicket", 62, {"locationRef": AT_NORTH}),
    ),
    (Step(1, 0, "AssignProvider", 63), Step(0, 0, "AddMessage", 64)),
    (Step(0, 0, "DefineInterventionDeadline", 65, {"deadline": "2016-08-25T20:00:00.000+02:00"}),),
    (
        Step(1, 0, "ReportFormalNoticeForProvider", 66, {"reportDate": DATES[3], "deadline": DATES[0]}),
        Step(0, 0, "CorrectTicketEventInformations", 67, {"text": "Mended"}, target=64),
    ),
)
"""Steps added to the first groups of every example, so that most commands become possible."""


def _with_common(drawn: list[list[Step]]) -> list[Group]:
    return [(*common, *group) for common, group in zip_longest(COMMON, drawn, fillvalue=())]


STEPS = st.sampled_from(KINDS).flatmap(steps_of)
GROUPS = st.lists(st.lists(STEPS, min_size=2, max_size=8), min_size=4, max_size=8).map(_with_common)
EVERY_KIND: Sequence[Group] = (*COMMON, [Step(n % 2, 0, kind, 100 + n) for n, kind in enumerate(COMMANDS)])
"""An example with every kind of command: all at once, on a ticket that accepts nearly all of them."""
