"""Which tickets a user may see and act on (contract `setup.yaml`, Scope): one rule, as a test and as a query filter."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shared.directory import Directory

ScopeKind = Literal["everything", "accounts", "agencies", "patrimonies"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of tickets: all of them, or those tied to one of `uids`. An empty set of uids holds no ticket."""

    kind: ScopeKind
    uids: frozenset[str] = field(default=frozenset())


def _agencies(scope: Scope, directory: Directory) -> frozenset[str]:
    if scope.kind == "agencies":
        return scope.uids
    return frozenset(agency.uid for agency in directory.agencies.values() if agency.accountUid in scope.uids)


def sees(scope: Scope, directory: Directory, *, agencies: tuple[str, ...], patrimony: str | None) -> bool:
    """Tell whether a ticket with these agencies and this patrimony is in `scope`."""
    match scope.kind:
        case "everything":
            return True
        case "patrimonies":
            return patrimony in scope.uids
        case _:
            return not _agencies(scope, directory).isdisjoint(agencies)


def scope_filter(scope: Scope, directory: Directory) -> dict[str, Any]:
    """Give the MongoDB filter that leaves exactly the documents in `scope`; they carry `agencies` and `patrimony`."""
    match scope.kind:
        case "everything":
            return {}
        case "patrimonies":
            return {"patrimony": {"$in": sorted(scope.uids)}}
        case _:
            return {"agencies": {"$in": sorted(_agencies(scope, directory))}}
