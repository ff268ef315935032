"""A random park: directory, users, changing tickets, and random queries about them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared.clock import wire
from shared.directory.entries import Agency, Entry, OperatorEntry, Patrimony, ProviderContact
from tests.support.data.contract_examples import example
from tests.support.data.tickets import Stored, stored
from tests.support.expected.read_answers import Asked, Places, ShownTicket

TOWNS = ("Évry", "Nice", "L'Haÿ-les-Roses", "Paris")
PURPOSES = ("Frigoriste", "Fenêtre, volet", "Toiture")
WORDS = ("brisée", "givre", "tuile", "gouttière", "dégât", "serrure")
CHANGES = ("open", "open", "move", "move", "move", "comment", "comment", "correct", "cancel", "reopen", "assign")
RANGES = ("0-0", "0-1", "2-5", "7-30", "0-99999", "90-130", "4000-4001")
CREATED_WITHIN = timedelta(days=80)


class Park:
    """Generates everything from `chance`; tickets are created in the days before `now`."""

    def __init__(self, chance: Random, now: datetime) -> None:
        self._chance = chance
        self._now = now
        self._sent = now - timedelta(days=100)
        self._began = self._sent
        self._closed = [now - timedelta(days=1)]
        self.late: dict[str, str] = {}
        """Second dates of late events by processUid; these events are applied after their window was closed."""
        self.accounts = [self._uid() for _ in range(4)]
        self.agencies = [
            Agency(uid=self._uid(), label=f"Agence {n} Bleue", accountUid=chance.choice(self.accounts[:3]))
            for n in range(9)
        ]
        agency_uids = [agency.uid for agency in self.agencies]
        self.patrimonies = [
            Patrimony(
                uid=self._uid(),
                ref=f"REF{n}",
                label=chance.choice([None, f"Résidence {n}"]),
                agencyUids=tuple(chance.sample(agency_uids, chance.randint(1, 4))),
            )
            for n in range(12)
        ]
        self.providers = [
            ProviderContact(uid=self._uid(), name=f"Artisan {n}", phones=(), fax=(), emails=()) for n in range(4)
        ]
        self.operators = [OperatorEntry(uid=self._uid(), name=f"Opératrice {n}") for n in range(3)]
        self.tickets: dict[str, ShownTicket] = {}

    @property
    def entries(self) -> list[Entry]:
        """Return the entries of the directory."""
        return [*self.agencies, *self.patrimonies, *self.providers, *self.operators]

    @property
    def places(self) -> Places:
        """Return the same directory, in the form of the expected reads."""
        names = {agency.uid: agency.label for agency in self.agencies}
        names |= {patrimony.uid: patrimony.label or patrimony.ref for patrimony in self.patrimonies}
        names |= {provider.uid: provider.name for provider in self.providers}
        return Places(
            names | {operator.uid: operator.name for operator in self.operators},
            {agency.uid: agency.accountUid for agency in self.agencies},
            {patrimony.uid: patrimony.agencyUids for patrimony in self.patrimonies},
            {patrimony.uid: patrimony.ref for patrimony in self.patrimonies},
            [operator.uid for operator in self.operators],
        )

    def scopes(self) -> dict[str, dict[str, Any]]:
        """Return the scopes of some users: all kinds, with few, many, no and unknown uids."""
        kinds: Mapping[str, Sequence[str]] = {
            "accounts": self.accounts,
            "agencies": [agency.uid for agency in self.agencies],
            "patrimonies": [patrimony.uid for patrimony in self.patrimonies],
        }
        foreign = [uids[0] for uids in kinds.values()]
        scopes: dict[str, dict[str, Any]] = {"everything": {"kind": "everything"}}
        for kind, uids in kinds.items():
            for count in (0, 1, 1, 2, 4):
                own = self._chance.sample(uids, count)
                scopes[f"{kind} {len(scopes)}"] = {"kind": kind, "uids": own}
            others = [self._uid(), *(uid for uid in foreign if uid not in uids)]
            scopes[f"{kind} unknown"] = {"kind": kind, "uids": others}
            scopes[f"{kind} and unknown"] = {"kind": kind, "uids": [*others, self._chance.choice(uids)]}
        return scopes

    @property
    def closed(self) -> datetime:
        """Return the time up to which the feed is closed."""
        return self._closed[-1]

    def close(self) -> None:
        """Move the time forward by one hour."""
        self._closed.append(self.closed + timedelta(hours=1))

    def happens(self, count: int) -> list[Stored]:
        """Generate the park's next events, and apply them to `tickets`."""
        return [self._next() for _ in range(count)]

    def asked(self) -> Asked:
        """Generate a query with parameters of list and export."""
        chance = self._chance
        possible: dict[str, Sequence[str]] = {
            "agency": [*(agency.uid for agency in self.agencies), self.accounts[0]],
            "status": ("OPENED", "CLOSED"),
            "location": (*TOWNS, "nice", "EVRY"),
            "from": (self._day(), self._day()),
            "callpurpose": (*PURPOSES, "toiture"),
            "activeproviders": [provider.uid.upper() for provider in self.providers],
            "to": (self._day(), self._day()),
        }
        single = {"status", "from", "to"}
        names = chance.sample([*possible], chance.choice((0, 0, 1, 1, 1, 2, 2, 3)))
        asked = {name: chance.sample(possible[name], 1 if name in single else chance.randint(1, 2)) for name in names}
        if "from" in asked and "to" in asked:
            asked["from"], asked["to"] = ([day] for day in sorted((*asked["from"], *asked["to"])))
        if chance.random() < 0.5:
            asked["range"] = [chance.choice(RANGES)]
        return asked

    def searched(self) -> list[str]:
        """Generate the terms of a full text search."""
        texts = [*WORDS, "GOUTT", "resid", "artisan 1", "agence 2 bleue", "tuile giv", *TOWNS]
        return self._chance.sample(texts, self._chance.choice((1, 1, 1, 2)))

    def looked_up(self) -> Asked:
        """Generate a query of a list of the directory."""
        terms = ["agence", "résid", "REF1", "ref 1", "bleue", "1", "2 bleue", "artisan 2", "OPERATRICE"]
        asked = {"query": self._chance.sample(terms, self._chance.choice((0, 0, 1, 1, 2)))}
        if self._chance.random() < 0.5:
            asked["range"] = [self._chance.choice(RANGES)]
        return {name: values for name, values in asked.items() if values}

    def window(self) -> tuple[str, str]:
        """Generate a window that contains dates or late dates of events."""
        chance, span = self._chance, (self._sent - self._began).total_seconds()
        moments = [self._began + timedelta(seconds=int(chance.random() * span)) for _ in range(2)]
        both = chance.choice([moments, [self._began, self._sent], chance.choices(self._closed, k=2)])
        first, last = sorted(map(wire, both))
        return first, last

    def _next(self) -> Stored:
        kind = self._chance.choice(CHANGES)
        ticket = self._chance.choice(list(self.tickets.values())) if self.tickets else None
        if ticket is None or kind == "open":
            ticket = ShownTicket(self._uid())
            self.tickets[ticket.uid] = ticket
            event_type, changed = "TicketOpened", self._content()
        else:
            event_type, changed = self._change(kind, ticket)
        self._sent += timedelta(seconds=self._chance.randint(1, 3000))
        changed["sentDate"] = wire(self._sent)
        event = stored(ticket.uid, len(ticket.events) + 1, event_type, **changed)
        self.late[event.fields["processUid"]] = wire(self.closed + timedelta(milliseconds=1))
        ticket.add(event.fields)
        return event

    def _change(self, kind: str, ticket: ShownTicket) -> tuple[str, dict[str, Any]]:
        sent = wire(self._sent)
        match kind:
            case "move":
                return "TicketUpdated", self._content()
            case "cancel":
                return "TicketCancelled", {"date": sent}
            case "reopen":
                return "TicketReopened", {"date": sent}
            case "assign":
                provider = {
                    "providerUid": self._chance.choice(self.providers).uid,
                    "providerType": "ReferencedProvider",
                }
                return "ProviderAssigned", {"provider": provider, "date": sent}
            case "correct" if ticket.comments:
                target = self._chance.choice(list(ticket.comments))
                corrected = {"targetedEvent": target, "text": self._text(), "date": sent}
                return "TicketEventInformationsCorrected", corrected
        return "MessageAdded", {"message": self._text(), "messageAddedDate": sent}

    def _content(self) -> dict[str, Any]:
        content = example("event", "TicketOpened")["ticket"]
        return {
            "locationRef": self._place(),
            "openedDate": wire(
                self._now - timedelta(milliseconds=self._chance.randint(0, CREATED_WITHIN.days * 86_400_000))
            ),
            "ticket": content
            | {
                "address": {"street": "3 rue", "zipCode": "75001", "city": self._chance.choice(TOWNS)},
                "callPurposeLabel": self._chance.choice(PURPOSES),
                "request": self._text(),
            },
        }

    def _place(self) -> dict[str, str]:
        if self._chance.random() < 0.5:
            return {"agencyUid": self._chance.choice(self.agencies).uid, "locationReferenceType": "AgencyLocation"}
        patrimony = self._chance.choice(self.patrimonies)
        return {"patrimonyUid": patrimony.uid, "locationReferenceType": "PatrimonyLocation"}

    def _text(self) -> str:
        return " ".join(self._chance.sample(WORDS, 2)).capitalize() + "."

    def _day(self) -> str:
        return str((self._now - timedelta(days=self._chance.randint(-1, CREATED_WITHIN.days))).date())

    def _uid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128)))
