"""What an import prints: how many entries it changed, and which entries to remove do not exist."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from services.cli.imports.entry_files import CHANGES, MOST_FAULTS, Fate, shown

NOTHING_CHANGED = "nothing changed"


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of an import: the kind, the fate, and the login or uid of each entry."""

    entries: Sequence[tuple[str, Fate, str]]

    @property
    def changed(self) -> int:
        """Return the number of entries that changed something, or would have in a dry run."""
        return sum(fate in CHANGES for _, fate, _ in self.entries)


def show(imported: Imported, *, dry_run: bool) -> None:
    """Print the report on standard output, and on standard error the entries to remove that do not exist."""
    for line in not_there(imported):
        typer.echo(line, err=True)
    typer.echo(report(imported, dry_run=dry_run))


def report(imported: Imported, *, dry_run: bool) -> str:
    """Return how many entries an import changed; for a dry run, a line for each kind with the count of each fate."""
    if not dry_run:
        changed = imported.changed
        return {0: NOTHING_CHANGED, 1: "1 entry changed"}.get(changed, f"{changed:,} entries changed")
    fates: dict[str, list[str]] = {}
    counts = Counter((kind, fate) for kind, fate, _ in imported.entries)
    for (kind, fate), count in sorted(counts.items()):
        fates.setdefault(kind, []).append(f"{count:,} {fate}")
    lines = [f"{kind}: {', '.join(found)}" for kind, found in fates.items()]
    return "\n".join([*lines, "dry run: nothing changed"])


def not_there(imported: Imported) -> list[str]:
    """Return a line for each kind that has entries to remove which do not exist; a line names at most `MOST_FAULTS`."""
    names: dict[str, list[str]] = {}
    for kind, fate, name in imported.entries:
        if fate == "not there":
            names.setdefault(kind, []).append(name)
    return [f"{kind} to remove that are not there: {_listed(found)}" for kind, found in names.items()]


def _listed(names: Sequence[str]) -> str:
    more = [f"… and {len(names) - MOST_FAULTS:,} more"] if len(names) > MOST_FAULTS else []
    return ", ".join([*map(shown, names[:MOST_FAULTS]), *more])
