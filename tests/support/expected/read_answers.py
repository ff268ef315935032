"""The answers that the contract gives to reads, independent of the code that projects and reads."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Fields = Mapping[str, Any]
"""The JSON fields of an event."""
Asked = Mapping[str, Sequence[str]]
"""A query: the decoded values of each parameter."""

PARIS = ZoneInfo("Europe/Paris")


@dataclass(slots=True)
class ShownTicket:
    """The facts of a ticket that reads depend on."""

    uid: str
    agency: str | None = None
    patrimony: str | None = None
    created: datetime = datetime.min
    town: str = ""
    purpose: str = ""
    request: str = ""
    status: str = "OPENED"
    provider: str | None = None
    comments: dict[str, str] = field(default_factory=dict)
    """Commentaries by processUid, oldest first."""
    events: list[Fields] = field(default_factory=list)

    def add(self, event: Fields) -> None:
        """Apply an event."""
        self.events.append(event)
        match event["eventType"]:
            case "TicketOpened" | "TicketUpdated":
                self.agency = event["locationRef"].get("agencyUid")
                self.patrimony = event["locationRef"].get("patrimonyUid")
                self.created = datetime.fromisoformat(event["openedDate"])
                self.town = event["ticket"]["address"]["city"]
                self.purpose = event["ticket"]["callPurposeLabel"]
                self.request = event["ticket"]["request"]
            case "TicketCancelled":
                self.status = "CLOSED"
            case "TicketReopened":
                self.status = "OPENED"
            case "ProviderAssigned":
                self.provider = event["provider"]["providerUid"]
            case "MessageAdded":
                self.comments[event["processUid"]] = event["message"]
            case "TicketEventInformationsCorrected":
                if event["targetedEvent"] in self.comments:  # otherwise it is a call, whose comment is not shown
                    self.comments[event["targetedEvent"]] = event["text"]

    def day(self) -> str:
        return self.created.astimezone(PARIS).date().isoformat()


class Places(NamedTuple):
    """The directory: names by uid, the account of each agency, the agencies and the reference of each patrimony."""

    names: Mapping[str, str]
    accounts: Mapping[str, str]
    agencies: Mapping[str, Sequence[str]]
    refs: Mapping[str, str]
    operators: Collection[str] = ()

    def of(self, ticket: ShownTicket) -> Sequence[str]:
        """Return the agencies of a ticket."""
        return [ticket.agency] if ticket.agency else self.agencies[ticket.patrimony or ""]

    def listed(self, kind: str, asked: Asked, scope: Mapping[str, Any]) -> list[str]:
        """Return the uids of all agencies, patrimonies, providers or operators that a user with `scope` finds."""
        uids = {"agencies": self.accounts.keys(), "patrimonies": self.agencies.keys(), "operators": self.operators}
        others = self.names.keys() - {uid for known in uids.values() for uid in known}
        at = {
            "agencies": lambda uid: ShownTicket("", agency=uid),
            "patrimonies": lambda uid: ShownTicket("", None, uid),
        }
        found = [
            uid
            for uid in uids.get(kind, others)
            if kind not in at or self.in_scope(at[kind](uid), scope)
            if all(
                any(_holds(text, term) for text in (self.names[uid], self.refs.get(uid, "")))
                for term in asked.get("query", ())
            )
        ]
        return sorted(found, key=lambda uid: (_plain(self.names[uid]), uid))

    def in_scope(self, ticket: ShownTicket, scope: Mapping[str, Any]) -> bool:
        """Return whether a user with `scope` may see a ticket."""
        tied = {
            "accounts": [self.accounts[agency] for agency in self.of(ticket)],
            "agencies": self.of(ticket),
            "patrimonies": [ticket.patrimony],
        }
        return scope["kind"] == "everything" or any(uid in scope["uids"] for uid in tied[scope["kind"]])

    def selects(self, asked: Asked, ticket: ShownTicket, today: date) -> bool:
        """Return whether the parameters of `asked` select a ticket."""

        def one_of(name: str, *values: str | None) -> bool:
            wanted = {_plain(value) for value in asked.get(name, ())}
            return not wanted or any(_plain(value) in wanted for value in values if value)

        def a_row_of(name: str, label: str) -> bool:
            wanted = {_spaced(value) for value in asked.get(name, ())}
            return not wanted or _spaced(label) in wanted - {""}

        first, last = _span(asked, today)
        return (
            one_of("agency", *self.of(ticket))
            and one_of("status", ticket.status)
            and a_row_of("location", ticket.town)
            and a_row_of("callpurpose", ticket.purpose)
            and one_of("activeproviders", ticket.provider)
            and (first or "") <= ticket.day() <= (last or "9999")
            and all(any(_holds(text, term) for text in self._texts(ticket)) for term in asked.get("fulltext", ()))
        )

    def _texts(self, ticket: ShownTicket) -> list[str]:
        named = [*self.of(ticket), ticket.patrimony, ticket.provider]
        names = [self.names[uid] for uid in named if uid]
        return [ticket.town, ticket.purpose, ticket.request, *names, *ticket.comments.values()]


def newest_first(tickets: Iterable[ShownTicket]) -> list[ShownTicket]:
    return sorted(sorted(tickets, key=lambda ticket: ticket.uid), key=lambda ticket: ticket.created, reverse=True)


def in_feed(tickets: Iterable[ShownTicket], late: Mapping[str, str], first: str, last: str) -> list[Fields]:
    """Return the events of the window from `first` to `last`, in the feed's order.

    `late` has the second dates by processUid. Dates are strings in the contract's format, so they compare as texts.
    """
    events = [
        (event["sentDate"], ticket.uid, version, event)
        for ticket in tickets
        for version, event in enumerate(ticket.events)
    ]
    return [
        event
        for sent, _, _, event in sorted(events, key=lambda one: one[:3])
        if first <= sent <= last or first <= late[event["processUid"]] <= last
    ]


def in_stream(tickets: Iterable[ShownTicket], late: Mapping[str, str], last: str) -> list[Fields]:
    """Return the events of a stream up to the date `last`: each at its second date if it has one. See `in_feed`."""
    events = [
        (late.get(event["processUid"]) or event["sentDate"], event["sentDate"], ticket.uid, version, event)
        for ticket in tickets
        for version, event in enumerate(ticket.events)
    ]
    return [event for date, *_, event in sorted(events, key=lambda one: one[:4]) if date <= last]


def page(found: Sequence[Any], asked: Asked, largest: int) -> tuple[int, str, Sequence[Any]]:
    """Return status, `Content-Range` and items of the requested page."""
    wanted = asked.get("range", [f"0-{largest - 1}"])[0]
    start, end = (int(index) for index in wanted.split("-"))
    shown, count = found[start : min(end + 1, start + largest)], len(found)
    where = f"{start}-{start + len(shown) - 1}" if shown else f"{count}-{count}"
    return 200 if len(shown) == count else 206, f"{where}/{count}", shown


def statistics(tickets: Sequence[ShownTicket], asked: Asked, today: date) -> dict[str, Any]:
    """Return the statistics of the selected tickets."""
    days = sorted(ticket.day() for ticket in tickets)
    first, last = _span(asked, today)
    begin, end = date.fromisoformat(first or [*days, str(today)][0]), date.fromisoformat(last or str(today))
    span = max(1, (end - begin).days + 1)
    last_month = today.replace(day=1) - timedelta(days=1)
    return {
        "newTickets": {
            "lastSevenDays": sum(str(today - timedelta(days=6)) <= day <= str(today) for day in days),
            "lastMonth": sum(day[:7] == str(last_month)[:7] for day in days),
            "currentMonth": sum(day[:7] == str(today)[:7] for day in days),
        },
        "ticketCreationFrequency": {"byDay": (200 * len(days) + span) // (2 * span) / 100},
    }


def _span(asked: Asked, today: date) -> tuple[str | None, str | None]:
    first, last = (asked.get(name, [None])[0] for name in ("from", "to"))
    return first, last or (str(today) if first else None)


def _holds(text: str, term: str) -> bool:
    return f" {_spaced(term)}" in f" {_spaced(text)}"


def _spaced(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", _plain(text)))


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).lower() if letter.isascii())
