"""The lives of the demonstration's tickets: the commands of each, in order. Pure, and the same for the same moment.

A life depends on the ticket's number and on the moment `now` alone. Its uids depend on the number alone. So a life that
was sent in part can be sent to its end later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from services.cli.demo.opening import DAYS, Place, choose_trade, civil_name, content, opening_moment, phone, places
from services.cli.demo.phrases import (
    ACCEPTED,
    ACCESS,
    ARCHIVED,
    ASSIGNED,
    BEYOND,
    CALL_COMMENTS,
    CALL_PURPOSES,
    CANCELLED,
    CHANGED,
    LAST_NAMES,
    MESSAGES,
    MULTI,
    REFUSED,
    REOPENED,
    RESULTS,
    TRIALS,
    UNREACHED,
)
from services.cli.demo.sites import random_uid, referenced_provider
from shared.clock import ZONE, wire
from shared.contract import EVENT_FACTS, CommandType
from shared.directory.entries import Entry, OperatorEntry, ProviderContact

STALLED, REOPENS, CORRECTED, UPDATED = 0.12, 0.05, 0.03, 0.25
"""Shares of the tickets that stand still at any step, that are opened again after their closing, whose texts are
corrected, and whose content is replaced, among the tickets of the last `RECENT`."""
RECENT = timedelta(days=2)
"""An update is dated by the server, so only a ticket of these days is updated: older ones would be in work again."""
WORK_BEGINS, WORK_ENDS, FRIDAY = 8, 17, 4
_DATES: Mapping[CommandType, str | None] = {facts.command: facts.date for facts in EVENT_FACTS.values()}


@dataclass(frozen=True, slots=True)
class Life:
    """A ticket and its commands, the opening first."""

    ticket: str
    commands: Sequence[Mapping[str, Any]]


class Lives:
    """The lives of all tickets, with the places, providers and operators of a directory, as of `now`."""

    def __init__(self, entries: Sequence[Entry], now: datetime) -> None:
        self._now = now
        self._places = places(entries)
        self._providers = {entry.name: entry for entry in entries if isinstance(entry, ProviderContact)}
        self._operators = [entry.uid for entry in entries if isinstance(entry, OperatorEntry)]

    def life(self, number: int) -> Life:
        """Return the life of ticket `number`; ticket 0 opens exactly `DAYS` days before `now`."""
        chance = Random(f"demo {number}")  # noqa: S311 - the same every time
        opened = opening_moment(chance, self._now) if number else self._now - timedelta(days=DAYS)
        story = _Story(
            number,
            chance,
            opened,
            place=chance.choice(self._places),
            providers=self._providers,
            operator=chance.choice(self._operators),
        )
        [play] = chance.choices([play for play, _ in _PLAYS], [weight for _, weight in _PLAYS])
        play(story)
        told = [command for moment, command in story.told if moment <= self._now]
        if number and chance.random() < STALLED:
            told = told[: chance.randrange(1, len(told) + 1)]
        if self._now - opened < RECENT and chance.random() < UPDATED:
            told.append(story.update())
        return Life(story.ticket, told)


def ticket_uid(number: int) -> str:
    """Return the uid of ticket `number`."""
    return random_uid(Random(f"demo uids {number}"))  # noqa: S311 - the same every time


class _Story:
    """Tells a ticket's life step by step. `at` is the moment of the last step, and only goes forward."""

    def __init__(
        self,
        number: int,
        chance: Random,
        opened: datetime,
        *,
        place: Place,
        providers: Mapping[str, ProviderContact],
        operator: str,
    ) -> None:
        self.chance = chance
        self.told: list[tuple[datetime, dict[str, Any]]] = []
        self.trade = choose_trade(chance)
        self._uids = Random(f"demo uids {number}")  # noqa: S311 - the same every time
        self.ticket = random_uid(self._uids)
        self.at = opened
        self._providers = providers
        self._operator = {"operatorUid": operator, "operatorType": "ReferencedOperator"}
        self.change_provider(chance.choice(self.trade.providers))
        self._content: dict[str, Any] = {
            "locationRef": place.site.location,
            "ticket": content(chance, number, place, self.trade),
            "openedDate": wire(opened),
        }
        self.say("OpenTicket", aggregateUid=self.ticket, **self._content)

    def update(self) -> dict[str, Any]:
        """Return a command that adds instructions to what the opening said."""
        ticket = self._content["ticket"] | {"instructions": self.chance.choice(ACCESS)}
        self.say("UpdateTicket", **self._content | {"ticket": ticket})
        return self.told.pop()[1]

    def change_provider(self, name: str) -> None:
        """Let another provider do what follows."""
        self.contact = self._providers[name]
        self.provider = referenced_provider(self.contact.uid)

    def later(self, least: float, most: float) -> None:
        """Let between `least` and `most` minutes pass."""
        self.at += timedelta(seconds=round(60 * self.chance.uniform(least, most)))

    def say(self, command: CommandType, **fields: Any) -> str:
        """Add a command at the present moment, and return its processUid."""
        process = random_uid(self._uids)
        said = {"commandType": command, "processUid": process, "operator": self._operator, **fields}
        if date := _DATES[command]:
            said[date] = wire(self.at)
        self.told.append((self.at, said))
        return process

    def acts(self, command: CommandType, **fields: Any) -> str:
        """Add a command of the provider, and return its processUid."""
        return self.say(command, provider=self.provider, **fields)

    def happens(self, share: float) -> bool:
        """Return whether something happens that does in `share` of the tickets."""
        return self.chance.random() < share


def _call_provider(story: _Story) -> str:
    recipient = {"provider": story.provider, "personaType": "ProviderPersona"}
    medium = {"phone": story.contact.phones[0], "contactMediumType": "Phone"}
    story.later(2, 12)
    return story.say("EmitCallTo", recipient=recipient, medium=medium, comment=story.chance.choice(CALL_COMMENTS))


def _caller_again(story: _Story) -> None:
    caller = f"{story.chance.choice(('M.', 'Mme'))} {story.chance.choice(LAST_NAMES)}"
    purpose = story.chance.choice(CALL_PURPOSES)
    story.say("ReceiveCall", caller=caller, callPurpose=purpose, medium=phone(story.chance))


def _message(story: _Story) -> str:
    return story.say("AddMessage", message=story.chance.choice(MESSAGES))


def _assign(story: _Story) -> None:
    if story.happens(0.6):
        call = _call_provider(story)
        if story.happens(0.15):
            story.later(3, 10)
            story.acts("ProviderNotAnswerCall", comment="")
            call = _call_provider(story)
        if story.happens(CORRECTED):
            story.say("CorrectTicketEventInformations", targetedEvent=call, text="Appel passé au numéro d'astreinte.")
        if story.happens(0.4):
            story.later(1, 5)
            story.acts("ProviderAnswerCall", comment="Prend connaissance du dossier.")
    story.later(1, 8)
    story.acts("AssignProvider", purpose=_purpose(story.chance.choice(ASSIGNED)))


def _purpose(text: str) -> dict[str, str]:
    return {"purpose": text, "providerAssignationPurposeType": "Purpose"}


def _accept(story: _Story) -> None:
    if story.happens(0.4):
        deadline = story.at + timedelta(hours=story.chance.choice(story.trade.hours))
        story.acts("DefineInterventionDeadline", deadline=wire(deadline))
    story.later(2, 40)
    story.acts("AcceptMission", comment=story.chance.choice(ACCEPTED))
    if story.happens(0.25):
        story.later(1, 15)
        sent, ref = wire(story.at), f"OS-{story.chance.randrange(10**5):05}"
        story.acts("ReportSendingServiceOrder", ref=ref, sendingDate=sent)


def _schedule(story: _Story) -> None:
    """Agree on a slot of two hours in working time, and let time pass until the provider is there."""
    start = _work_time(story.at + timedelta(hours=story.chance.uniform(2, 20)), story.chance)
    story.later(1, 10)
    story.acts("ScheduleMission", startDate=wire(start), endDate=wire(start + timedelta(hours=2)))
    story.at = max(story.at, start + timedelta(minutes=story.chance.uniform(-10, 100)))


def _work_time(moment: datetime, chance: Random) -> datetime:
    """Return a moment in working hours, the next one after `moment`."""
    local = moment.astimezone(ZONE)
    day = local.date()
    if local.weekday() <= FRIDAY and WORK_BEGINS <= local.hour < WORK_ENDS - 1:
        return local
    if local.hour >= WORK_BEGINS or local.weekday() > FRIDAY:
        day += timedelta(days=1)
        while day.weekday() > FRIDAY:
            day += timedelta(days=1)
    return datetime.combine(day, time(WORK_BEGINS + chance.randrange(4), chance.choice((0, 15, 30, 45))), ZONE)


def _visit(story: _Story) -> None:
    if story.happens(0.45):
        _schedule(story)
    else:
        story.later(25, 240)
    if story.happens(0.7):
        story.acts("ArriveOnSite")
        story.later(1, 15)
    story.acts("StartIntervention")
    if story.happens(0.1):
        story.later(10, 30)
        _message(story)
    story.later(15, 150)
    story.acts("FinishIntervention")
    if story.happens(0.4):
        story.later(2, 15)
        story.acts("GoFromSite")


def _close(story: _Story) -> None:
    story.later(3, 90)
    report, nature = story.chance.choice(story.trade.reports), story.chance.choice(story.trade.natures)
    closings: tuple[tuple[CommandType, int], ...] = (
        ("CloseTicket", 40),
        ("FixPermanently", 32),
        ("FixPartially", 12),
        ("PostponeFix", 9),
        ("CloseTicketImpossibleRepair", 7),
    )
    [closing] = story.chance.choices([name for name, _ in closings], [weight for _, weight in closings])
    result = {"result": story.chance.choice(RESULTS)} if closing == "CloseTicket" else {}
    on_site = story.chance.choices(("No", "NotAsked", "Yes", "NA"), (6, 3, 1, 1))[0]
    story.acts(closing, brakedownNature=nature, report=report, stillOnSite=on_site, **result)
    if story.happens(CORRECTED):
        story.later(30, 600)
        story.say("CorrectTicketInformations", fieldsToCorrect={"closingReport": f"{report} Facture à suivre."})


def _repaired(story: _Story) -> None:
    _assign(story)
    _accept(story)
    if story.happens(0.15):
        story.later(10, 60)
        _caller_again(story)
    if story.happens(0.25):
        story.later(5, 30)
        _message(story)
    _visit(story)
    if story.happens(0.1):
        code, label = story.chance.choice(TRIALS)
        story.say("AddLogTrial", logTrial={"trialCode": code, "trialLabel": label})
    _close(story)
    if story.happens(REOPENS):
        story.later(200, 6_000)
        story.say("ReopenTicket", purpose=story.chance.choice(REOPENED))
        _call_provider(story)
        _visit(story)
        _close(story)


def _refused_first(story: _Story) -> None:
    _assign(story)
    story.later(3, 30)
    story.acts("RefuseMission", comment=story.chance.choice(REFUSED))
    story.change_provider(MULTI)
    _call_provider(story)
    changed = {"comment": story.chance.choice(CHANGED), "providerAssignationPurposeType": "RecourseChanged"}
    story.acts("AssignProvider", purpose=changed)
    _accept(story)
    _visit(story)
    _close(story)


def _late(story: _Story) -> None:
    """Add the commands about a provider who misses the deadline and comes after a formal notice."""
    _assign(story)
    deadline = story.at + timedelta(hours=story.chance.choice(story.trade.hours))
    story.acts("DefineInterventionDeadline", deadline=wire(deadline))
    story.later(5, 30)
    story.acts("AcceptMission", comment=story.chance.choice(ACCEPTED))
    story.at = deadline
    story.later(10, 120)
    _caller_again(story)
    new = story.at + timedelta(hours=24)
    ref = f"MED-{story.chance.randrange(10**4):04}"
    story.acts("ReportFormalNoticeForProvider", ref=ref, deadline=wire(new))
    story.later(60, 1_200)
    _visit(story)
    _close(story)


def _talked_about(story: _Story) -> None:
    """Add the commands of a ticket with many messages over several days."""
    _assign(story)
    _accept(story)
    for number in range(story.chance.randrange(12, 45)):
        story.later(20, 500)
        if number % 7 == 6:  # noqa: PLR2004 - now and then somebody calls
            _caller_again(story)
        else:
            _message(story)
    person = {"name": civil_name(story.chance), "status": "gardien", "personaType": "UnClassifiedPersona"}
    story.say("EmitCallTo", recipient=person, medium=phone(story.chance))
    _visit(story)
    _close(story)


def _unreached(story: _Story) -> None:
    for _ in range(story.chance.randrange(3, 5)):
        _call_provider(story)
        story.later(5, 20)
        story.acts("ProviderNotAnswerCall", comment="Répondeur.")
    story.say("CloseAfterSeveralUnsuccessfulRecalls", comment=story.chance.choice(UNREACHED))


def _beyond(story: _Story) -> None:
    story.later(5, 40)
    story.say("CloseBeyondCallCenterScope", comment=story.chance.choice(BEYOND))


def _cancelled(story: _Story) -> None:
    if story.happens(0.6):
        _assign(story)
    story.later(20, 300)
    story.say("CancelTicket", comment=story.chance.choice(CANCELLED))


def _archived(story: _Story) -> None:
    story.later(10, 60)
    story.say("CorrectTicketInformations", fieldsToCorrect={"instructions": story.chance.choice(ACCESS)})
    _message(story)
    story.later(6_000, 20_000)
    story.say("ArchiveTicket", comment=story.chance.choice(ARCHIVED))


_PLAYS: Sequence[tuple[Callable[[_Story], None], int]] = (
    (_repaired, 66),
    (_refused_first, 8),
    (_late, 7),
    (_talked_about, 1),
    (_unreached, 4),
    (_beyond, 5),
    (_cancelled, 6),
    (_archived, 3),
)
"""What may become of a ticket, and how often."""
