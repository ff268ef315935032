"""The directory of agencies, patrimonies, providers and operators, as one value (contract `setup.yaml`).

It lives in a compacted topic; every service folds that topic into a `Directory` of its own. A removed entry keeps its
last known fields, because tickets go on showing its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contract import SafeUUID


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    uid: SafeUUID
    removed: bool = False


class Agency(_Entry):
    """An agency: `label` is the name that views show, `accountUid` the client account that it belongs to."""

    kind: Literal["agency"] = "agency"
    label: str
    accountUid: SafeUUID  # noqa: N815 - the file's own name


class Patrimony(_Entry):
    """A building or group of buildings, looked after by one agency or more."""

    kind: Literal["patrimony"] = "patrimony"
    ref: str
    label: str | None = None
    agencyUids: Annotated[tuple[SafeUUID, ...], Field(min_length=1, strict=False)]  # noqa: N815 - the file's own name

    @property
    def name(self) -> str:
        """Name that views show: the label, else the reference."""
        return self.label if self.label is not None else self.ref


class ProviderContact(_Entry):
    """A firm or person that intervenes."""

    kind: Literal["provider"] = "provider"
    name: str
    phones: Annotated[tuple[str, ...], Field(strict=False)]
    fax: Annotated[tuple[str, ...], Field(strict=False)]
    emails: Annotated[tuple[str, ...], Field(strict=False)]


class OperatorEntry(_Entry):
    """A person of the call centre."""

    kind: Literal["operator"] = "operator"
    name: str


Entry: TypeAlias = Agency | Patrimony | ProviderContact | OperatorEntry
ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
"""Reads one value of the directory topic."""


@dataclass(frozen=True, slots=True)
class Directory:
    """All entries by uid, removed ones included."""

    agencies: Mapping[str, Agency] = field(default_factory=dict)
    patrimonies: Mapping[str, Patrimony] = field(default_factory=dict)
    providers: Mapping[str, ProviderContact] = field(default_factory=dict)
    operators: Mapping[str, OperatorEntry] = field(default_factory=dict)

    def find(self, uid: str) -> Entry | None:
        """Give the entry with this uid, of whatever kind."""
        return self.agencies.get(uid) or self.patrimonies.get(uid) or self.providers.get(uid) or self.operators.get(uid)

    def knows_agency(self, uid: str) -> bool:
        """Tell whether a new command may name this agency."""
        agency = self.agencies.get(uid)
        return agency is not None and not agency.removed

    def knows_patrimony(self, uid: str) -> bool:
        """Tell whether a new command may name this patrimony."""
        patrimony = self.patrimonies.get(uid)
        return patrimony is not None and not patrimony.removed


def updated(directory: Directory, entries: Iterable[Entry]) -> Directory:
    """Give `directory` with `entries` put in place of those of the same uid."""
    agencies, patrimonies = dict(directory.agencies), dict(directory.patrimonies)
    providers, operators = dict(directory.providers), dict(directory.operators)
    for entry in entries:
        match entry:
            case Agency():
                agencies[entry.uid] = entry
            case Patrimony():
                patrimonies[entry.uid] = entry
            case ProviderContact():
                providers[entry.uid] = entry
            case OperatorEntry():
                operators[entry.uid] = entry
    return replace(directory, agencies=agencies, patrimonies=patrimonies, providers=providers, operators=operators)


def agencies_of(directory: Directory, *, agency: str | None, patrimony: str | None) -> tuple[str, ...]:
    """Tell the agencies of a location: the agency itself, or every agency of the patrimony in the directory's order."""
    if agency is not None:
        return (agency,)
    known = directory.patrimonies.get(patrimony or "")
    return known.agencyUids if known else ()
