"""The nine events that close a ticket (`events.yaml`)."""

from typing import Literal

from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID, StillOnSite, UtcDateTime
from shared.contract.values import Operator, Provider


class TicketCancelled(Record):
    """The ticket was cancelled."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    comment: str | None = None
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketCancelled"]


class TicketClosed(Record):
    """The ticket was closed with a generic outcome."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    result: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketClosed"]


class TicketArchived(Record):
    """The ticket was archived, which closes it."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    comment: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketArchived"]


class PermanentlyFixed(Record):
    """The ticket was closed: repaired permanently."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["PermanentlyFixed"]


class PartiallyFixed(Record):
    """The ticket was closed: repaired partially."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["PartiallyFixed"]


class TicketClosedImpossibleRepair(Record):
    """The ticket was closed: cannot be repaired."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketClosedImpossibleRepair"]


class PostponedFix(Record):
    """The ticket was closed: repair postponed to working hours."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["PostponedFix"]


class ClosedBeyondCallCenterScope(Record):
    """The ticket was closed: outside the scope of the call center."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    closingDate: DateTime
    comment: str | None = None
    sentDate: UtcDateTime
    eventType: Literal["ClosedBeyondCallCenterScope"]


class ClosedAfterSeveralUnsuccessfulRecalls(Record):
    """The ticket was closed: the provider could not be reached after several attempts."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    closingDate: DateTime
    comment: str | None = None
    sentDate: UtcDateTime
    eventType: Literal["ClosedAfterSeveralUnsuccessfulRecalls"]
