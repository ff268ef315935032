"""The directory as lines to read, and as a file that `ticketstream directory import` reads."""

from collections.abc import Iterable, Iterator, Mapping

import orjson

from services.cli.imports.entry_files import shown
from shared.directory.entries import Agency, Directory, Entry, Patrimony


def listed(directory: Directory, kind: str | None = None) -> Iterator[str]:
    """Yield the lines of the kind, or of all kinds, each kind with a heading and sorted by name."""
    for name, entries in _kinds(directory).items():
        if kind in (None, name):
            yield f"{name}: {len(entries):,}"
            yield from (f"  {entry.uid}  {_described(entry)}" for entry in sorted(entries, key=_described))


def exported(directory: Directory) -> bytes:
    """Return the directory file, with an entry on each line and no removed entries."""
    lists = (f'"{name}": [\n{_lines(entries)}]' for name, entries in _kinds(directory).items())
    return "{{\n{}\n}}\n".format(",\n".join(lists)).encode()


def _kinds(directory: Directory) -> dict[str, list[Entry]]:
    kinds: Mapping[str, Mapping[str, Entry]] = {
        "agencies": directory.agencies,
        "patrimonies": directory.patrimonies,
        "providers": directory.providers,
        "operators": directory.operators,
    }
    return {name: [entry for entry in entries.values() if not entry.removed] for name, entries in kinds.items()}


def _lines(entries: Iterable[Entry]) -> str:
    texts = (
        orjson.dumps(entry.model_dump(exclude={"kind", "removed"}, exclude_none=True)).decode()
        for entry in sorted(entries, key=lambda one: one.uid)
    )
    return ",\n".join(texts) + "\n"


def _described(entry: Entry) -> str:
    match entry:
        case Agency():
            return f"{shown(entry.label)} (account {entry.accountUid})"
        case Patrimony():
            return shown(entry.ref) if entry.label is None else f"{shown(entry.ref)}: {shown(entry.label)}"
        case _:
            return shown(entry.name)
