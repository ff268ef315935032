"""The nine commands that close a ticket (`commands.yaml`)."""

from typing import Literal

from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID, StillOnSite
from shared.contract.values import Operator, Provider


class CancelTicket(Record):
    """Cancel the ticket."""

    processUid: SafeUUID
    operator: Operator | None = None
    comment: str | None = None
    date: DateTime
    commandType: Literal["CancelTicket"]


class CloseTicket(Record):
    """Close the ticket with a generic outcome."""

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
    """Archive the ticket, which closes it."""

    processUid: SafeUUID
    operator: Operator | None = None
    comment: str | None = None
    closingDate: DateTime
    commandType: Literal["ArchiveTicket"]


class FixPermanently(Record):
    """Close the ticket: repaired permanently."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["FixPermanently"]


class FixPartially(Record):
    """Close the ticket: repaired partially."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["FixPartially"]


class CloseTicketImpossibleRepair(Record):
    """Close the ticket: cannot be repaired."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["CloseTicketImpossibleRepair"]


class PostponeFix(Record):
    """Close the ticket: repair postponed to working hours."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    brakedownNature: str | None = None
    stillOnSite: StillOnSite
    report: str | None = None
    closingDate: DateTime
    commandType: Literal["PostponeFix"]


class CloseBeyondCallCenterScope(Record):
    """Close the ticket: outside the scope of the call center."""

    processUid: SafeUUID
    operator: Operator | None = None
    closingDate: DateTime
    comment: str | None = None
    commandType: Literal["CloseBeyondCallCenterScope"]


class CloseAfterSeveralUnsuccessfulRecalls(Record):
    """Close the ticket: the provider could not be reached after several attempts."""

    processUid: SafeUUID
    operator: Operator | None = None
    closingDate: DateTime
    comment: str | None = None
    commandType: Literal["CloseAfterSeveralUnsuccessfulRecalls"]
