"""The rendered bytes of a ticket, from which list, detail and export are spliced (`views.yaml`)."""

from typing import Any, NamedTuple

import orjson

from services.projector.folds.contacts import provider_view
from services.projector.folds.durations import durations
from services.projector.folds.ticket_state import CannotApply, TicketState
from shared.directory.entries import Directory, agencies_of


class Rendered(NamedTuple):
    """A ticket as JSON objects: `item` of the list, `head` of the detail, `export`.

    `head` is the detail without its `journal`. `export` is the exported ticket without its `freeCommentaries`. The
    gateway adds both when it reads. So adding a commentary costs the same for small and large tickets.
    """

    item: bytes
    head: bytes
    export: bytes


class Place(NamedTuple):
    """The views of a ticket's agencies and of its patrimony, None if it has none."""

    agencies: list[dict[str, str]]
    patrimony: dict[str, str] | None


def render(state: TicketState, directory: Directory, place: Place) -> Rendered:
    """Render a ticket at `place` with the current names of the directory."""
    content = state.content
    identity = _present(
        uid=state.uid,
        ref=content.ref,
        agencies=place.agencies,
        patrimony=place.patrimony,
        status=state.status,
        state={"value": state.step, "date": state.since},
    )
    dates = _present(created=content.created, updated=state.updated, closed=state.closed, callPurpose=content.purpose)
    provider = provider_view(state.provider, directory) if state.provider is not None else None
    helper = _present(provider=provider, address=content.address)
    caller = {key: value for key, value in content.caller.items() if key != "comment"}
    item = {**identity, **dates, "caller": caller, **helper}
    head = {
        **identity,
        **_present(request=content.request, instructions=content.instructions),
        **dates,
        **_present(caller=content.caller, report=state.report),
        **helper,
        "additionalDataz": content.additional_data,
        **durations(content.created, state.marks),
    }
    export = {
        **identity,
        **dates,
        "request": content.request,
        "caller": caller,
        **helper,
        **_present(interventionScheduled=state.slot, interventionDeadline=state.deadline, formalNotice=state.notice),
        "additionalDataz": content.additional_data,
    }
    return Rendered(orjson.dumps(item), orjson.dumps(head), orjson.dumps(export))


def agency_uids(state: TicketState, directory: Directory) -> list[str]:
    """Return the uids of the ticket's agencies; raises `CannotApply` for an unknown agency or patrimony."""
    uids = agencies_of(directory, agency=state.content.agency, patrimony=state.content.patrimony)
    if not uids:
        raise CannotApply(f"ticket {state.uid} is tied to patrimony {state.content.patrimony}, which is unknown")
    for uid in uids:
        if uid not in directory.agencies:
            raise CannotApply(f"ticket {state.uid} is tied to agency {uid}, which is unknown")
    return list(uids)


def place_of(state: TicketState, directory: Directory) -> Place:
    """Return the views of the ticket's agencies and patrimony; raises like `agency_uids`."""
    agencies = [{"uid": uid, "name": directory.agencies[uid].label} for uid in agency_uids(state, directory)]
    uid = state.content.patrimony
    return Place(agencies, {"uid": uid, "name": directory.patrimonies[uid].name} if uid is not None else None)


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
