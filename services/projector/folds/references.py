"""The entries of the directory that an event refers to."""

from collections.abc import Iterator

from shared.contract import (
    CallEmittedTo,
    Provider,
    ProviderPersona,
    ReferencedProvider,
    TicketEvent,
    TicketOpened,
    TicketUpdated,
    location_of,
)
from shared.directory.entries import Directory, agencies_of


def unknown_uids(event: TicketEvent, directory: Directory) -> frozenset[str]:
    """Return the uids of agencies, patrimony and provider that an event refers to and the directory lacks."""
    return frozenset(uid for uid in _uids_named(event, directory) if directory.find(uid) is None)


def _uids_named(event: TicketEvent, directory: Directory) -> Iterator[str]:
    if isinstance(event, TicketOpened | TicketUpdated):
        yield from _location(event, directory)
    provider = provider_named(event)
    if isinstance(provider, ReferencedProvider):
        yield provider.providerUid


def _location(event: TicketOpened | TicketUpdated, directory: Directory) -> Iterator[str]:
    agency, patrimony = location_of(event.locationRef)
    if patrimony is not None:
        yield patrimony
    yield from agencies_of(directory, agency=agency, patrimony=patrimony)


def provider_named(event: TicketEvent) -> Provider | None:
    """Return the provider that an event names, None if it names none."""
    if isinstance(event, CallEmittedTo):
        return event.recipient.provider if isinstance(event.recipient, ProviderPersona) else None
    return getattr(event, "provider", None)
