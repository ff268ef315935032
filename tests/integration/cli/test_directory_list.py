"""`ticketstream directory list` and `directory export`."""

import json
from typing import Any

import pytest

from shared.process.settings import EngineSettings
from tests.integration.cli.cli_platform import CommandLine
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH

FIRM, ANN = "0c8d0b8e-3286-74d1-ab19-c8539d1dc741", "f281d579-084e-95a1-8abb-582f2dcc2ed5"
FILE: dict[str, list[dict[str, Any]]] = {
    "agencies": [
        {"uid": NORTH, "label": "North \N{EM DASH} Lille", "accountUid": ACCOUNT},
        {"uid": SOUTH, "label": "A\x1b[2Jgency", "accountUid": ACCOUNT},
    ],
    "patrimonies": [
        {"uid": PARK, "ref": "ZER319", "label": "Park", "agencyUids": [SOUTH, NORTH]},
    ],
    "providers": [{"uid": FIRM, "name": "Lifts", "phones": ["1", "2"], "fax": [], "emails": ["a@b.c"]}],
    "operators": [{"uid": ANN, "name": "Ann"}],
}


@pytest.fixture
async def imported(ticketstream: CommandLine) -> CommandLine:
    """Import `FILE` with an agency more, and remove that one again."""
    gone = {"uid": FIRM[::-1].replace("-", "")[:8] + NORTH[8:], "label": "Gone", "accountUid": ACCOUNT}
    whole = {**FILE, "agencies": [*FILE["agencies"], gone]}
    assert (await ticketstream("directory", "import", "-", stdin=json.dumps(whole).encode())).code == 0
    removal = {"agencies": [{"uid": gone["uid"], "removed": True}]}
    assert (await ticketstream("directory", "import", "-", stdin=json.dumps(removal).encode())).code == 0
    return ticketstream


async def test_the_list_has_a_line_for_each_entry_that_is_not_removed(imported: CommandLine) -> None:
    everything = await imported("directory", "list")
    assert (everything.code, everything.err) == (0, "")
    assert everything.out.splitlines() == [
        "agencies: 2",
        f"  {SOUTH}  A?[2Jgency (account {ACCOUNT})",
        f"  {NORTH}  North \N{EM DASH} Lille (account {ACCOUNT})",
        "patrimonies: 1",
        f"  {PARK}  ZER319: Park",
        "providers: 1",
        f"  {FIRM}  Lifts",
        "operators: 1",
        f"  {ANN}  Ann",
    ]
    assert (await imported("directory", "list", "operators")).out == f"operators: 1\n  {ANN}  Ann\n"


async def test_an_exported_file_changes_nothing_when_it_is_imported_again(
    imported: CommandLine, settings: EngineSettings
) -> None:
    assert (await imported("directory", "export", "file.json")).code == 0
    content = (imported.folder / "file.json").read_bytes()
    assert json.loads(content) == {kind: sorted(entries, key=lambda one: one["uid"]) for kind, entries in FILE.items()}
    again = await imported("directory", "import", "file.json")
    assert (again.code, again.out, again.err) == (0, "nothing changed\n", "")
    assert (await imported("directory", "export", "-")).out.encode() == content


async def test_an_empty_directory_is_listed_and_exported(ticketstream: CommandLine) -> None:
    listed = await ticketstream("directory", "list")
    assert listed.out.splitlines() == ["agencies: 0", "patrimonies: 0", "providers: 0", "operators: 0"]
    exported = await ticketstream("directory", "export", "-")
    assert set(map(len, json.loads(exported.out).values())) == {0}
