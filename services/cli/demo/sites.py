"""Made-up places and uids of tickets, for the demonstration and for benchmarks. Pure."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Site:
    """Where a call comes from: an agency, one of its patrimonies or none, and one of its towns."""

    agency: str
    patrimony: str | None
    town: str

    @property
    def location(self) -> dict[str, Any]:
        """Return the site as the `locationRef` of a ticket."""
        if self.patrimony is not None:
            return {"patrimonyUid": self.patrimony, "locationReferenceType": "PatrimonyLocation"}
        return {"agencyUid": self.agency, "locationReferenceType": "AgencyLocation"}


def referenced_provider(uid: str) -> dict[str, str]:
    """Return a provider of the directory as the `provider` of a command or event."""
    return {"providerUid": uid, "providerType": "ReferencedProvider"}


def random_uid(chance: Random) -> str:
    """Return a uid that depends on `chance` alone."""
    return str(UUID(int=chance.getrandbits(128)))
