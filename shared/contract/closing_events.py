"""The nine events that close a ticket (`events.yaml`)."""

from typing import Literal

from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID, StillOnSite, UtcDateTime
from shared.contract.values import Operator, Provider


class TicketCancelled(Record):
    """The ticket was called off."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    comment: str | None = None
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketCancelled"]


class TicketClosed(Record):
    """Closed, generic outcome."""

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
    """Closed by archiving."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    comment: str | None = None
    closingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketArchived"]


class PermanentlyFixed(Record):
    """Closed: repaired for good."""

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
    """Closed: repaired in part."""

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
    """Closed: cannot be repaired."""

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
    """Closed: repair put off to working hours."""

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
    """Closed: not a matter for the call center."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    closingDate: DateTime
    comment: str | None = None
    sentDate: UtcDateTime
    eventType: Literal["ClosedBeyondCallCenterScope"]


class ClosedAfterSeveralUnsuccessfulRecalls(Record):
    """Closed: the provider could not be reached after several tries."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    closingDate: DateTime
    comment: str | None = None
    sentDate: UtcDateTime
    eventType: Literal["ClosedAfterSeveralUnsuccessfulRecalls"]
