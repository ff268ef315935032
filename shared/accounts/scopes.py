"""Which tickets a user may see and act on: the same rule as a check of one ticket and as a filter for queries.

The table `setup.yaml` of the contract describes scopes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.directory.entries import Directory

ScopeKind = Literal["everything", "accounts", "agencies", "patrimonies"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of tickets: all of them, or those tied to one of `uids`. Without uids, the scope holds no ticket."""

    kind: ScopeKind
    uids: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Visible:
    """The documents that a user may see: all of them, or those tied to one of `uids`, which are sorted.

    Without uids, nothing is visible. In contrast to a `Scope`, the agencies of client accounts are resolved.
    """

    kind: Literal["everything", "agencies", "patrimonies"]
    uids: tuple[str, ...] = ()


EVERYTHING = Visible("everything")


def visible_in(scope: Scope, directory: Directory) -> Visible:
    """Return what is visible in `scope` with the accounts and agencies of `directory`."""
    match scope.kind:
        case "everything":
            return EVERYTHING
        case "patrimonies":
            return Visible("patrimonies", tuple(sorted(scope.uids)))
        case _:
            return Visible("agencies", tuple(sorted(_agencies(scope, directory))))


def visible_filter(visible: Visible) -> dict[str, Any]:
    """Return the MongoDB filter for what is visible; the documents carry `agencies` and `patrimony`."""
    match visible.kind:
        case "everything":
            return {}
        case "patrimonies":
            return {"patrimony": {"$in": list(visible.uids)}}
        case "agencies":
            return {"agencies": {"$in": list(visible.uids)}}


def shows(visible: Visible, document: Mapping[str, Any]) -> bool:
    """Return whether `visible_filter` finds a document with these `agencies` and this `patrimony`, if it has one."""
    return visibility(visible)(document)


def visibility(visible: Visible) -> Callable[[Mapping[str, Any]], bool]:
    """Return the check `shows` for many documents: it looks up each, however many uids there are."""
    uids = frozenset(visible.uids)
    match visible.kind:
        case "everything":
            return lambda _: True
        case "patrimonies":
            return lambda document: document.get("patrimony") in uids
        case "agencies":
            return lambda document: not uids.isdisjoint(document["agencies"])


def sees(scope: Scope, directory: Directory, *, agencies: tuple[str, ...], patrimony: str | None) -> bool:
    """Return whether a ticket with these agencies and this patrimony is in `scope`."""
    match scope.kind:
        case "everything":
            return True
        case "patrimonies":
            return patrimony in scope.uids
        case _:
            return not _agencies(scope, directory).isdisjoint(agencies)


def _agencies(scope: Scope, directory: Directory) -> frozenset[str]:
    if scope.kind == "agencies":
        return scope.uids
    return frozenset(agency.uid for agency in directory.agencies.values() if agency.accountUid in scope.uids)
