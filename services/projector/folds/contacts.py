"""How people, channels and providers are shown."""

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
from shared.directory import Directory


def full_name(name: Name) -> str:
    """Write a name as one text."""
    return name.value if isinstance(name, PoorName) else f"{name.firstName} {name.lastName}"


def medium_type(medium: ContactMedium) -> str:
    """Tell the view's word for a channel."""
    return medium.contactMediumType.upper()


def identifier(medium: ContactMedium) -> str:
    """Tell the number or address of a channel."""
    if isinstance(medium, Fax):
        return medium.fax
    return medium.mail if isinstance(medium, Mail) else medium.phone


def caller_view(caller: CallerType) -> dict[str, Any]:
    """Show who opened a ticket, as `CallerTicketDetailedQueryView`."""
    if caller == "AutomatonCaller":
        return {"name": caller}
    view: dict[str, Any] = {"name": full_name(caller.name)}
    if caller.medium is not None:
        view["medium"] = {"mediumType": medium_type(caller.medium), "identifier": identifier(caller.medium)}
    if caller.comment is not None:
        view["comment"] = caller.comment
    return view


def provider_name(provider: Provider, directory: Directory) -> str | None:
    """Tell a provider's name, None for a referenced one that the directory does not know."""
    if not isinstance(provider, ReferencedProvider):
        return full_name(provider.name)
    known = directory.providers.get(provider.providerUid)
    return known.name if known else None


def person_called(persona: Persona, directory: Directory) -> str | None:
    """Tell the name of the person or firm called, None for an unknown provider."""
    if isinstance(persona, ProviderPersona):
        return provider_name(persona.provider, directory)
    return full_name(persona.name)


def provider_kept(provider: Provider) -> dict[str, Any]:
    """Keep what a provider's view is made of: the `uid` of a referenced one, the whole view of an anonymous one."""
    if isinstance(provider, ReferencedProvider):
        return {"uid": provider.providerUid}
    return {
        "name": full_name(provider.name),
        "phones": provider.phones,
        "fax": provider.fax,
        "emails": provider.emails,
    }


def provider_view(kept: Mapping[str, Any], directory: Directory) -> Mapping[str, Any]:
    """Show a kept provider, as `ProviderQueryView`; one that the directory does not know has no name and no contact."""
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
