"""The nine commands that close a ticket (`commands.yaml`)."""

from typing import Literal

from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID, StillOnSite
from shared.contract.values import Operator, Provider


class CancelTicket(Record):
    """Call the ticket off."""

    processUid: SafeUUID
    operator: Operator | None = None
    comment: str | None = None
    date: DateTime
    commandType: Literal["CancelTicket"]


class CloseTicket(Record):
    """Close, generic outcome."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    result: str | None = None
    closingDate: DateTime
    commandType: Literal["CloseTicket"]


class ArchiveTicket(Record):
    """Close by archiving."""

    processUid: SafeUUID
    operator: Operator | None = None
    comment: str | None = None
    closingDate: DateTime
    commandType: Literal["ArchiveTicket"]


class FixPermanently(Record):
    """Close: repaired for good."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["FixPermanently"]


class FixPartially(Record):
    """Close: repaired in part."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["FixPartially"]


class CloseTicketImpossibleRepair(Record):
    """Close: cannot be repaired."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["CloseTicketImpossibleRepair"]


class PostponeFix(Record):
    """Close: repair put off to working hours."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["PostponeFix"]


class CloseBeyondCallCenterScope(Record):
    """Close: not a matter for the call center."""

    processUid: SafeUUID
    operator: Operator | None = None
    closingDate: DateTime
    comment: str | None = None
    commandType: Literal["CloseBeyondCallCenterScope"]


class CloseAfterSeveralUnsuccessfulRecalls(Record):
    """Close: provider could not be reached after several tries."""

    processUid: SafeUUID
    operator: Operator | None = None
    closingDate: DateTime
    comment: str | None = None
    commandType: Literal["CloseAfterSeveralUnsuccessfulRecalls"]
