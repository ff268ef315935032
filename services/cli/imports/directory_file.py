"""Directory files: the change of each entry, or all faults of the file (docs/contract/tables/setup.yaml, directory)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, create_model

from services.cli.imports.entry_files import (
    BadEntryError,
    Fate,
    Faults,
    read_entry,
    read_json,
    read_removal,
    readable_uid,
    uid_of,
)
from shared.directory.entries import Agency, Directory, Entry, OperatorEntry, Patrimony, ProviderContact, updated

KINDS: dict[str, type[Entry]] = {
    "agencies": Agency,
    "patrimonies": Patrimony,
    "providers": ProviderContact,
    "operators": OperatorEntry,
}


def _strict(kind: type[Entry]) -> type[BaseModel]:
    """Return the model of an entry in a file: unknown keys are errors, and every wrong item of a list is reported."""
    fields: dict[str, Any] = {
        name: (
            Annotated[field.annotation, Field(), *(each for each in field.metadata if not isinstance(each, FailFast))],
            ... if field.is_required() else field.default,
        )
        for name, field in kind.model_fields.items()
        if name != "kind"
    }
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid", strict=True), **fields)


_STRICT = {kind: _strict(model) for kind, model in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """What the import does with one entry of a file; `entry` is None when the entry to remove does not exist."""

    kind: str
    fate: Fate
    uid: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry and its place in the file. The readable parts of a wrong entry are kept, and are checked too."""

    kind: str
    where: str
    uid: str | None = None
    agencies: Sequence[str] = ()
    entry: Entry | None = None


def changes(content: bytes, current: Directory, unreadable: Collection[str] = ()) -> list[Change]:
    """Return what each entry of the file changes in `current`; an entry comes after those that it refers to.

    Entries whose uid is in `unreadable` count as changed, because their records in the topic must be replaced.

    An entry to remove that never existed is "not there", which is not a fault. One that was removed before is
    unchanged. Raises `BadEntryError` with all faults; then nothing of the file may be imported.
    """
    faults = Faults()
    lists = read_json(content, "directory", faults)
    if not isinstance(lists, dict):
        raise BadEntryError(f"The directory file must be an object of lists: {', '.join(KINDS)}.")
    _check_lists(lists, faults)
    given = {kind: entries for kind in KINDS if isinstance(entries := lists.get(kind), list)}
    entries = [
        _read(kind, f"{kind}[{position}]", fields, current, faults)
        for kind, listed in given.items()
        for position, fields in enumerate(listed)
    ]
    _check_uids(entries, current, faults)
    _check_agencies(entries, current, _uids_of(given.get("agencies", ())), faults)
    faults.check()
    return [
        Change(each.kind, _fate(each.entry, current, unreadable), each.uid, each.entry)
        for each in entries
        if each.uid is not None
    ]


def _check_lists(lists: Mapping[str, Any], faults: Faults) -> None:
    for name, entries in lists.items():
        if name not in KINDS:
            faults.add(name, f"is not a known key; the lists are {', '.join(KINDS)}.")
        elif not isinstance(entries, list):
            faults.add(name, "must be a list.")


def _read(kind: str, where: str, fields: Any, current: Directory, faults: Faults) -> _Read:
    """Return one entry with its place; a removal keeps the fields of the present entry.

    Its `entry` is None when it is wrong, or removes an entry that never existed.
    """
    if not isinstance(fields, dict):
        faults.add(where, "must be an object.")
        return _Read(kind, where)
    where, uid = f"{where} ({fields.get('uid', 'no uid')})", uid_of(fields)
    if fields.get("removed") is True:
        read_removal(_STRICT[kind], "uid", where, fields, faults)
        before = current.find(uid) if uid else None
        return _Read(kind, where, uid, entry=before and before.model_copy(update={"removed": True}))
    read = read_entry(_STRICT[kind], where, fields, faults)
    entry = KINDS[kind].model_validate(read.model_dump()) if read else None
    return _Read(kind, where, uid, _agencies_named(kind, fields), entry)


def _check_uids(entries: Sequence[_Read], current: Directory, faults: Faults) -> None:
    seen: set[str] = set()
    for each in entries:
        if each.uid is None:
            continue
        if each.uid in seen:
            faults.add(each.where, "uid", "is in the file twice.")
        seen.add(each.uid)
        before = current.find(each.uid)
        if before is not None and not isinstance(before, KINDS[each.kind]):
            faults.add(each.where, "uid", f"belongs to another kind of entry ({before.kind}).")


def _check_agencies(
    entries: Sequence[_Read], current: Directory, named: Collection[str | None], faults: Faults
) -> None:
    """Check that the named agencies exist; an agency of the file counts even if the file has other faults in it."""
    known = {*updated(current, (each.entry for each in entries if each.entry)).agencies, *named}
    for each in entries:
        for agency in each.agencies:
            if agency not in known:
                faults.add(each.where, "agencyUids", f"agency {agency} is neither in this file nor in the directory.")


def _agencies_named(kind: str, fields: Mapping[str, Any]) -> Sequence[str]:
    named = fields.get("agencyUids") if kind == "patrimonies" else None
    return [agency for each in named if (agency := readable_uid(each))] if isinstance(named, list) else ()


def _uids_of(listed: Sequence[Any]) -> set[str | None]:
    return {uid_of(fields) for fields in listed if isinstance(fields, dict) and not fields.get("removed")}


def _fate(entry: Entry | None, current: Directory, unreadable: Collection[str]) -> Fate:
    if entry is None:
        return "not there"
    before = current.find(entry.uid)
    if before == entry and entry.uid not in unreadable:
        return "unchanged"
    if entry.removed:
        return "removed"
    return "added" if before is None or before.removed else "changed"
