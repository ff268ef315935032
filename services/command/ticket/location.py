"""The location of a command: unknown agency, unknown patrimony, and scope (`errors.yaml`, check_order)."""

from services.command.ticket.decision_state import DecisionState
from services.command.ticket.refusals import UNKNOWN_AGENCY, UNKNOWN_PATRIMONY, Refusal
from shared.accounts.scopes import sees
from shared.accounts.users import User
from shared.contract import AgencyLocation, Location, LocationReference
from shared.directory.entries import Directory, agencies_of


def unknown_location(location: LocationReference, directory: Directory) -> Refusal | None:
    """Return the refusal of an agency or patrimony that is not in the directory, None for a known one."""
    if isinstance(location, AgencyLocation):
        return None if directory.knows_agency(location.agencyUid) else UNKNOWN_AGENCY
    return None if directory.knows_patrimony(location.patrimonyUid) else UNKNOWN_PATRIMONY


def in_scope(state: DecisionState, wanted: Location | None, user: User, directory: Directory) -> bool:
    """Check that `user` sees the ticket, if it exists, and the known location that the command names, if any."""
    if state.version and not _sees(user, state.location, directory):
        return False
    return wanted is None or _sees(user, wanted, directory)


def _sees(user: User, location: Location, directory: Directory) -> bool:
    agencies = agencies_of(directory, agency=location.agency, patrimony=location.patrimony)
    return sees(user.scope, directory, agencies=agencies, patrimony=location.patrimony)
