"""A ticket as the bytes that lists, details and exports are put together from (`views.yaml`)."""

from typing import Any, NamedTuple

import orjson

from services.projector.folds.contacts import provider_view
from services.projector.folds.durations import durations
from services.projector.folds.state import CannotApply, TicketState
from shared.directory import Directory, agencies_of


class Rendered(NamedTuple):
    """A ticket as JSON objects: `item` of the list, `head` of the detail, `export`.

    `head` is all of the detail but its `journal`, `export` all of the exported ticket but its `freeCommentaries`: both
    are added at read time, so that a ticket with megabytes of them is as cheap to extend as any.
    """

    item: bytes
    head: bytes
    export: bytes


def render(state: TicketState, directory: Directory) -> Rendered:
    """Show a ticket with the names that the directory holds now.

    Raises `CannotApply` when the directory lacks the ticket's agency or patrimony: their names are required.
    """
    content = state.content
    identity = _present(
        uid=state.uid,
        ref=content.ref,
        agencies=agencies_shown(state, directory),
        patrimony=patrimony_shown(state, directory),
        status=state.status,
        state={"value": state.step, "date": state.since},
    )
    dates = _present(created=content.created, updated=state.updated, closed=state.closed, callPurpose=content.purpose)
    provider = provider_view(state.provider, directory) if state.provider is not None else None
    place = _present(provider=provider, address=content.address)
    caller = {key: value for key, value in content.caller.items() if key != "comment"}
    item = {**identity, **dates, "caller": caller, **place}
    head = {
        **identity,
        **_present(request=content.request, instructions=content.instructions),
        **dates,
        **_present(caller=content.caller, report=state.report),
        **place,
        "additionalDataz": content.additional_data,
        **durations(content.created, state.marks),
    }
    export = {
        **identity,
        **dates,
        "request": content.request,
        "caller": caller,
        **place,
        **_present(interventionScheduled=state.slot, interventionDeadline=state.deadline, formalNotice=state.notice),
        "additionalDataz": content.additional_data,
    }
    return Rendered(orjson.dumps(item), orjson.dumps(head), orjson.dumps(export))


def agency_uids(state: TicketState, directory: Directory) -> list[str]:
    """List the ticket's agencies in the directory's order; raises `CannotApply` for an unknown one, or patrimony."""
    uids = agencies_of(directory, agency=state.content.agency, patrimony=state.content.patrimony)
    if not uids:
        raise CannotApply(f"ticket {state.uid} is tied to patrimony {state.content.patrimony}, which is unknown")
    for uid in uids:
        if uid not in directory.agencies:
            raise CannotApply(f"ticket {state.uid} is tied to agency {uid}, which is unknown")
    return list(uids)


def agencies_shown(state: TicketState, directory: Directory) -> list[dict[str, str]]:
    """Show the ticket's agencies; raises as `agency_uids`."""
    return [{"uid": uid, "name": directory.agencies[uid].label} for uid in agency_uids(state, directory)]


def patrimony_shown(state: TicketState, directory: Directory) -> dict[str, str] | None:
    """Show the ticket's patrimony, None if it has none."""
    uid = state.content.patrimony
    return {"uid": uid, "name": directory.patrimonies[uid].name} if uid is not None else None


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
