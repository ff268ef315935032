"""The read models, and the parts they are made of (`views.yaml`, `models.yaml`); all times in UTC."""

from typing import Annotated

from pydantic import Discriminator, Tag

from shared.contract.journal import DayEvent
from shared.contract.record import Record
from shared.contract.scalars import Long, MediumType, Number, SafeUUID, TextList, Texts, TicketStatus, UtcDateTime
from shared.contract.values import BasicAddress


class AgencyAbstract(Record):
    """An agency and its name."""

    uid: SafeUUID
    name: str


class PatrimonyAbstract(Record):
    """A patrimony and its name."""

    uid: SafeUUID
    name: str


class TicketStateView(Record):
    """The type of the last event that moved the work forward, and since when."""

    value: str
    date: UtcDateTime


class ContactMediumView(Record):
    """Channel, and its number or address."""

    mediumType: MediumType
    identifier: str


class CallerQueryView(Record):
    """Who called and how."""

    name: str
    medium: ContactMediumView | None = None


class CallerTicketDetailedQueryView(Record):
    """Who called, how, and what they said besides."""

    name: str
    medium: ContactMediumView | None = None
    comment: str | None = None


class ProviderQueryView(Record):
    """A provider: uid if the directory's, name if known, and how to reach it."""

    uid: SafeUUID | None = None
    name: str | None = None
    phones: TextList
    fax: TextList
    emails: TextList


class FreeCommentary(Record):
    """A commentary, as corrected if it was, and when it was written."""

    date: UtcDateTime
    message: str


class InterventionScheduled(Record):
    """A planned slot."""

    startDate: UtcDateTime
    endDate: UtcDateTime


class FormalNotice(Record):
    """When a notice was sent, and the deadline it sets."""

    date: UtcDateTime
    deadline: UtcDateTime


class TermAggregation(Record):
    """Tickets of one term."""

    value: str
    count: Long


class NestedTermAggregation(Record):
    """Tickets of one uid, with its readable name."""

    value: str
    count: Number
    label: str


def _aggregation_tag(aggregation: object) -> str:
    labelled = "label" in aggregation if isinstance(aggregation, dict) else hasattr(aggregation, "label")
    return "NestedTermAggregation" if labelled else "TermAggregation"


Aggregation = Annotated[
    Annotated[TermAggregation, Tag("TermAggregation")] | Annotated[NestedTermAggregation, Tag("NestedTermAggregation")],
    Discriminator(_aggregation_tag),
]
"""A count; a label makes it a nested one."""


class Aggregations(Record):
    """Counts over every ticket that matches a query, not only the page."""

    status: list[Aggregation]
    agencies: list[Aggregation]
    callPurposes: list[Aggregation]
    locations: list[Aggregation]
    interventions: list[Aggregation]
    providers: list[Aggregation]


class TicketQueryView(Record):
    """A ticket as the list shows it."""

    uid: SafeUUID
    ref: str
    agencies: list[AgencyAbstract]
    patrimony: PatrimonyAbstract | None = None
    status: TicketStatus
    state: TicketStateView | None = None
    created: UtcDateTime
    updated: UtcDateTime
    closed: UtcDateTime | None = None
    callPurpose: str
    caller: CallerQueryView
    provider: ProviderQueryView | None = None
    address: BasicAddress


class TicketResultView(Record):
    """A page of the list, newest created first."""

    result: list[TicketQueryView]
    aggregations: Aggregations | None = None


class ExportedTicket(Record):
    """A ticket as the export shows it."""

    uid: SafeUUID
    ref: str
    agencies: list[AgencyAbstract]
    patrimony: PatrimonyAbstract | None = None
    status: TicketStatus
    state: TicketStateView | None = None
    created: UtcDateTime
    updated: UtcDateTime
    closed: UtcDateTime | None = None
    callPurpose: str
    request: str
    caller: CallerQueryView
    provider: ProviderQueryView | None = None
    address: BasicAddress
    interventionScheduled: InterventionScheduled | None = None
    interventionDeadline: UtcDateTime | None = None
    formalNotice: FormalNotice | None = None
    freeCommentaries: list[FreeCommentary]
    additionalDataz: Texts


class TicketExportView(Record):
    """A page of the export, newest created first."""

    result: list[ExportedTicket]


class DetailedTicketView(Record):
    """One ticket with its journal; the five durations are milliseconds, absent while they cannot be computed."""

    uid: SafeUUID
    ref: str
    agencies: list[AgencyAbstract]
    patrimony: PatrimonyAbstract | None = None
    status: TicketStatus
    state: TicketStateView | None = None
    request: str
    instructions: str | None = None
    created: UtcDateTime
    updated: UtcDateTime
    closed: UtcDateTime | None = None
    callPurpose: str
    caller: CallerTicketDetailedQueryView
    report: str | None = None
    provider: ProviderQueryView | None = None
    address: BasicAddress
    journal: list[DayEvent]
    additionalDataz: Texts
    callCenterReactionTime: Number | None = None
    transmissionTime: Number | None = None
    interventionResponseTime: Number | None = None
    interventionDuration: Number | None = None
    repairTime: Number | None = None


class NewTicketsStats(Record):
    """Tickets created in the seven days that end today, in the month before this one, in this month."""

    lastSevenDays: Number
    lastMonth: Number
    currentMonth: Number


class TicketCreationFrequencyStats(Record):
    """Tickets created per day."""

    byDay: Number


class TicketStats(Record):
    """Counts of the tickets selected."""

    newTickets: NewTicketsStats
    ticketCreationFrequency: TicketCreationFrequencyStats
