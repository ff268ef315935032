"""The views and their parts (`views.yaml`, `models.yaml`). All dates are in UTC."""

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
    """The type of the last event that changed the progress, and its date."""

    value: str
    date: UtcDateTime


class ContactMediumView(Record):
    """A contact medium: its type, and its number or address."""

    mediumType: MediumType
    identifier: str


class CallerQueryView(Record):
    """Who called, and by which medium."""

    name: str
    medium: ContactMediumView | None = None


class CallerTicketDetailedQueryView(Record):
    """Who called, by which medium, and with which comment."""

    name: str
    medium: ContactMediumView | None = None
    comment: str | None = None


class ProviderQueryView(Record):
    """A provider and its contacts. `uid` is present for one of the directory, `name` if it is known."""

    uid: SafeUUID | None = None
    name: str | None = None
    phones: TextList
    fax: TextList
    emails: TextList


class FreeCommentary(Record):
    """A commentary, with its last correction if there is one, and the date when it was written."""

    date: UtcDateTime
    message: str


class InterventionScheduled(Record):
    """A planned time slot."""

    startDate: UtcDateTime
    endDate: UtcDateTime


class FormalNotice(Record):
    """The date of a formal notice, and the deadline that it sets."""

    date: UtcDateTime
    deadline: UtcDateTime


class TermAggregation(Record):
    """The number of tickets with one value."""

    value: str
    count: Long


class NestedTermAggregation(Record):
    """The number of tickets with one uid, and the name of its entry."""

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
"""A number of tickets; with a `label` it is a `NestedTermAggregation`."""


class Aggregations(Record):
    """Numbers of tickets, over all tickets that match the query and not only the page."""

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
    """A page of the list, the newest ticket first."""

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
    """A page of the export, the newest ticket first."""

    result: list[ExportedTicket]


class DetailedTicketView(Record):
    """One ticket with its journal. The five durations are in milliseconds, and absent while they cannot be computed."""

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
    """Numbers of tickets created in the last seven days including today, in the previous month, and in this month."""

    lastSevenDays: Number
    lastMonth: Number
    currentMonth: Number


class TicketCreationFrequencyStats(Record):
    """The number of tickets created per day."""

    byDay: Number


class TicketStats(Record):
    """Statistics of the selected tickets."""

    newTickets: NewTicketsStats
    ticketCreationFrequency: TicketCreationFrequencyStats
