"""The views of people, contact media and providers."""

from collections.abc import Mapping
from typing import Any

from shared.contract import (
    CallerType,
    ContactMedium,
    Fax,
    Mail,
    Name,
    Persona,
    PoorName,
    Provider,
    ProviderPersona,
    ReferencedProvider,
)
from shared.directory.entries import Directory


def full_name(name: Name) -> str:
    """Return a name as one text."""
    return name.value if isinstance(name, PoorName) else f"{name.firstName} {name.lastName}"


def medium_type(medium: ContactMedium) -> str:
    """Return the type of a contact medium, as views name it."""
    return medium.contactMediumType.upper()


def identifier(medium: ContactMedium) -> str:
    """Return the number or address of a contact medium."""
    if isinstance(medium, Fax):
        return medium.fax
    return medium.mail if isinstance(medium, Mail) else medium.phone


def caller_view(caller: CallerType) -> dict[str, Any]:
    """Return the view of a ticket's caller, a `CallerTicketDetailedQueryView`."""
    if caller == "AutomatonCaller":
        return {"name": caller}
    view: dict[str, Any] = {"name": full_name(caller.name)}
    if caller.medium is not None:
        view["medium"] = {"mediumType": medium_type(caller.medium), "identifier": identifier(caller.medium)}
    if caller.comment is not None:
        view["comment"] = caller.comment
    return view


def provider_name(provider: Provider, directory: Directory) -> str | None:
    """Return a provider's name, None for a referenced one that the directory does not know."""
    if not isinstance(provider, ReferencedProvider):
        return full_name(provider.name)
    known = directory.providers.get(provider.providerUid)
    return known.name if known else None


def person_called(persona: Persona, directory: Directory) -> str | None:
    """Return the name of the person or firm called, None for an unknown provider."""
    if isinstance(persona, ProviderPersona):
        return provider_name(persona.provider, directory)
    return full_name(persona.name)


def provider_kept(provider: Provider) -> dict[str, Any]:
    """Return what the state stores of a provider: the `uid` of a referenced one, the whole view of an anonymous one."""
    if isinstance(provider, ReferencedProvider):
        return {"uid": provider.providerUid}
    return {
        "name": full_name(provider.name),
        "phones": provider.phones,
        "fax": provider.fax,
        "emails": provider.emails,
    }


def provider_view(kept: Mapping[str, Any], directory: Directory) -> Mapping[str, Any]:
    """Return the view of a stored provider, a `ProviderQueryView`; an unknown one has no name and no contacts."""
    if "uid" not in kept:
        return kept
    known = directory.providers.get(kept["uid"])
    if known is None:
        return {"uid": kept["uid"], "phones": (), "fax": (), "emails": ()}
    return {
        "uid": known.uid,
        "name": known.name,
        "phones": known.phones,
        "fax": known.fax,
        "emails": known.emails,
    }
