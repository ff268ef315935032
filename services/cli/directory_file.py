"""Reading a directory file: which entries it changes, or which one is wrong (contract `setup.yaml`, directory)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson
from pydantic import ValidationError

from shared.contract.scalars import uid
from shared.directory import Agency, Directory, Entry, OperatorEntry, Patrimony, ProviderContact, updated

KINDS: dict[str, type[Entry]] = {
    "agencies": Agency,
    "patrimonies": Patrimony,
    "providers": ProviderContact,
    "operators": OperatorEntry,
}


class BadEntryError(ValueError):
    """An entry can not be imported; the text names it and says what is wrong."""


def read_objects(content: bytes, what: str) -> Any:
    """Parse a JSON file; raises `BadEntryError` when it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as wrong:
        raise BadEntryError(f"The {what} file is not JSON: {wrong}.") from wrong


def explain(where: str, wrong: ValidationError) -> BadEntryError:
    """Name the entry at `where` and the first thing that is wrong with it."""
    problem = wrong.errors(include_url=False)[0]
    is_uid = problem["type"] == "string_pattern_mismatch"
    said = "must be a uid, hexadecimal digits 8-4-4-4-12" if is_uid else problem["msg"].removeprefix("Value error, ")
    steps = (where, ".".join(map(str, problem["loc"])), f"{said}.")
    return BadEntryError(": ".join(filter(None, steps)))


def changes(content: bytes, current: Directory, unreadable: Collection[str] = ()) -> list[Entry]:
    """Give the entries of the file that differ from `current`, in an order in which each finds what it names.

    Those whose uid is among `unreadable` count as different: what the topic holds of them is to be replaced.

    Raises `BadEntryError` for the first entry that is wrong; then nothing of the file may be imported.
    """
    lists = read_objects(content, "directory")
    if not isinstance(lists, dict) or not all(isinstance(lists.get(kind, []), list) for kind in KINDS):
        raise BadEntryError(
            "The directory file must be an object of lists: agencies, patrimonies, providers, operators."
        )
    entries = [
        _entry(f"{kind}[{position}]", KINDS[kind], fields, current)
        for kind in KINDS
        for position, fields in enumerate(lists.get(kind, []))
    ]
    known = [(where, entry) for where, entry in entries if entry is not None]
    _check_uids(known, current)
    _check_agencies(known, updated(current, (entry for _, entry in known)))
    return [entry for _, entry in known if entry.uid in unreadable or current.find(entry.uid) != entry]


def _entry(where: str, kind: type[Any], fields: Any, current: Directory) -> tuple[str, Entry | None]:
    """Read one entry; a removal keeps the fields known before, and is nothing when the entry was never known."""
    if not isinstance(fields, dict):
        raise BadEntryError(f"{where}: must be an object.")
    if fields.get("removed") is True:
        before = current.find(_removed_uid(where, fields))
        if before is None:
            return where, None
        if not isinstance(before, kind):
            raise BadEntryError(f"{where}: uid: belongs to another kind of entry ({before.kind}).")
        return where, before.model_copy(update={"removed": True})
    try:
        entry = kind.model_validate({name: value for name, value in fields.items() if name != "kind"})
    except ValidationError as wrong:
        raise explain(f"{where} ({fields.get('uid', 'no uid')})", wrong) from wrong
    return f"{where} ({entry.uid})", entry


def _removed_uid(where: str, fields: dict[str, Any]) -> str:
    try:
        return uid(str(fields.get("uid", "")))
    except ValueError as reason:
        raise BadEntryError(f"{where}: uid: {reason}.") from None


def _check_uids(entries: Iterable[tuple[str, Entry]], current: Directory) -> None:
    seen: set[str] = set()
    for where, entry in entries:
        if entry.uid in seen:
            raise BadEntryError(f"{where}: uid: is in the file twice.")
        seen.add(entry.uid)
        before = current.find(entry.uid)
        if before is not None and type(before) is not type(entry):
            raise BadEntryError(f"{where}: uid: belongs to another kind of entry ({before.kind}).")


def _check_agencies(entries: Iterable[tuple[str, Entry]], after: Directory) -> None:
    for where, entry in entries:
        for agency in _agencies_named(entry):
            if agency not in after.agencies:
                raise BadEntryError(f"{where}: agencyUids: no agency {agency} is known, in this file or before.")


def _agencies_named(entry: Entry) -> Iterator[str]:
    if isinstance(entry, Patrimony) and not entry.removed:
        yield from entry.agencyUids
