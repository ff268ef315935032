"""Which entries of the directory an event needs for its views."""

from collections.abc import Iterator

from shared.contract import (
    AgencyLocation,
    CallEmittedTo,
    Provider,
    ProviderPersona,
    ReferencedProvider,
    TicketEvent,
    TicketOpened,
    TicketUpdated,
)
from shared.directory import Directory


def unknown_uids(event: TicketEvent, directory: Directory) -> frozenset[str]:
    """Tell the agencies, patrimony and provider that an event names and the directory lacks."""
    return frozenset(uid for uid in _uids_named(event, directory) if directory.find(uid) is None)


def _uids_named(event: TicketEvent, directory: Directory) -> Iterator[str]:
    if isinstance(event, TicketOpened | TicketUpdated):
        yield from _location(event, directory)
    provider = provider_named(event)
    if isinstance(provider, ReferencedProvider):
        yield provider.providerUid


def _location(event: TicketOpened | TicketUpdated, directory: Directory) -> Iterator[str]:
    if isinstance(event.locationRef, AgencyLocation):
        yield event.locationRef.agencyUid
        return
    yield event.locationRef.patrimonyUid
    patrimony = directory.patrimonies.get(event.locationRef.patrimonyUid)
    if patrimony is not None:
        yield from patrimony.agencyUids


def provider_named(event: TicketEvent) -> Provider | None:
    """Give the provider that an event names, None if it names none."""
    if isinstance(event, CallEmittedTo):
        return event.recipient.provider if isinstance(event.recipient, ProviderPersona) else None
    return getattr(event, "provider", None)
