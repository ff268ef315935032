"""The entries of the directory: agencies, patrimonies, providers and operators (contract `setup.yaml`). Pure.

A compacted topic holds them. Every service reads that topic into its own `Directory`. A removed entry keeps its last
fields, because tickets still show its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter

from shared.contract import SafeUUID

LONGEST_TEXT = 500
"""Letters of a text of an entry. Every ticket that names the entry shows the text several times."""
MOST_CHANNELS, MOST_AGENCIES = 50, 500
"""Most telephone numbers, fax numbers or e-mail addresses of a provider, and most agencies of a patrimony."""

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Channels = Annotated[tuple[Text, ...], FailFast(), Field(max_length=MOST_CHANNELS, strict=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    uid: SafeUUID = Field(description="Identifies the entry. Events and tickets name it.")
    removed: bool = Field(
        False, description="Whether the entry was removed. New commands cannot name a removed agency or patrimony."
    )


class Agency(_Entry):
    """An agency. Views show its `label`; `accountUid` is the client account that it belongs to."""

    kind: Literal["agency"] = Field("agency", description="The kind of entry.")
    label: Text = Field(description="The agency's name.")
    accountUid: SafeUUID = Field(description="The client account that the agency belongs to.")  # noqa: N815 - the file's own name


class Patrimony(_Entry):
    """A building or group of buildings, managed by one agency or more."""

    kind: Literal["patrimony"] = Field("patrimony", description="The kind of entry.")
    ref: Text = Field(description="The patrimony's reference.")
    label: Text | None = Field(
        None, description="The patrimony's name. Views show the reference of one without a label."
    )
    agencyUids: Annotated[  # noqa: N815 - the file's own name
        tuple[SafeUUID, ...], FailFast(), Field(min_length=1, max_length=MOST_AGENCIES, strict=False)
    ] = Field(description="The agencies that manage the patrimony.")

    @property
    def name(self) -> str:
        """Return the name that views show: the label, or the reference without a label."""
        return self.label if self.label is not None else self.ref


class ProviderContact(_Entry):
    """A firm or person that carries out interventions."""

    kind: Literal["provider"] = Field("provider", description="The kind of entry.")
    name: Text = Field(description="The name of the firm or person.")
    phones: Channels = Field(description="Telephone numbers, in any format.")
    fax: Channels = Field(description="Fax numbers, in any format.")
    emails: Channels = Field(description="Mail addresses.")


class OperatorEntry(_Entry):
    """A person of the call centre."""

    kind: Literal["operator"] = Field("operator", description="The kind of entry.")
    name: Text = Field(description="The operator's name.")


Entry: TypeAlias = Agency | Patrimony | ProviderContact | OperatorEntry
ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
"""Validates one value of the directory topic."""


@dataclass(frozen=True, slots=True)
class Directory:
    """All entries by uid, including removed ones."""

    agencies: Mapping[str, Agency] = field(default_factory=dict)
    patrimonies: Mapping[str, Patrimony] = field(default_factory=dict)
    providers: Mapping[str, ProviderContact] = field(default_factory=dict)
    operators: Mapping[str, OperatorEntry] = field(default_factory=dict)

    def find(self, uid: str) -> Entry | None:
        """Return the entry with this uid, of any kind, or None."""
        return self.agencies.get(uid) or self.patrimonies.get(uid) or self.providers.get(uid) or self.operators.get(uid)

    def knows_agency(self, uid: str) -> bool:
        """Return whether a new command may name this agency."""
        agency = self.agencies.get(uid)
        return agency is not None and not agency.removed

    def knows_patrimony(self, uid: str) -> bool:
        """Return whether a new command may name this patrimony."""
        patrimony = self.patrimonies.get(uid)
        return patrimony is not None and not patrimony.removed


def updated(directory: Directory, entries: Iterable[Entry]) -> Directory:
    """Return `directory` with `entries` added. They replace entries of the same uid."""
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
    """Return the agencies of a location: the agency itself, or the agencies of the patrimony in their order."""
    if agency is not None:
        return (agency,)
    known = directory.patrimonies.get(patrimony or "")
    return known.agencyUids if known else ()
