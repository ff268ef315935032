import json
from io import BytesIO
from time import process_time
from typing import Any

import pytest

from services.cli.imports.entry_files import (
    LONGEST,
    MEBIBYTES,
    MOST_FAULTS,
    BadEntryError,
    Faults,
    read_file,
    read_json,
)


def complaints(content: str, root: str = "users") -> list[str]:
    faults = Faults()
    read_json(content.encode(), "users", faults, root=root)
    return str(faults.error()).split("\n")


@pytest.mark.parametrize(
    ("content", "root", "places"),
    [
        ('[{"name": 1, "name": 2}]', "users", ["users[0]: name"]),
        ('[{}, {"scope": {"kind": 1, "kind": 2, "kind": 3}}]', "users", ["users[1].scope: kind"]),
        ('{"a": 1, "a": 2}', "", ["a"]),
        ('{"agencies": [{}, {"x": [[{"y": 1, "y": 2}]]}]}', "", ["agencies[1].x[0][0]: y"]),
        ('[{"x": {"y": 1, "y": 2}, "x": 3}]', "users", ["users[0]: x", "users[0].x: y"]),
        ('[{"b": 1, "b": 2, "a": {"c": 1, "c": 2}}, {"d": 1, "d": 2}]', "u", ["u[0]: b", "u[0].a: c", "u[1]: d"]),
        ('[{"\\n": {"y": 1, "y": 2}}]', "users", ["users[0].?: y"]),
    ],
)
def test_a_repeated_key_is_reported_with_its_place(content: str, root: str, places: list[str]) -> None:
    reported = complaints(content, root)
    assert [line.partition(": occurs ")[0] for line in reported] == places
    assert all(line.endswith(" times in one object.") for line in reported)


def test_of_many_repeated_keys_the_first_are_placed_and_all_counted() -> None:
    reported = complaints("[" + ",".join(['{"a": 1, "a": 2, "b": 1, "b": 2}'] * 1_000) + "]")
    assert reported[:2] == [f"users[0]: {key}: occurs 2 times in one object." for key in "ab"]
    assert reported[MOST_FAULTS:] == [f"… and {2_000 - MOST_FAULTS:,} more."]


def test_what_a_repeated_key_hides_is_counted_beyond_those_that_are_placed() -> None:
    many = ",".join(['{"a": 1, "a": 2}'] * (MOST_FAULTS - 1))
    reported = complaints(f'[{many}, {{"x": [{{"b": 1, "b": 2}}], "x": 1}}]')
    assert reported[-2:] == ["b: occurs 2 times in one object.", "… and 1 more."]


def test_places_are_printed_short_and_found_in_one_pass() -> None:
    deep, objects = f'{{"{"k" * 50}":' * 400, ["{}"] * 400_000 + ['{"a": 1, "a": 2}'] * MOST_FAULTS
    content = "[" + deep + f"[{','.join(objects)}]" + "}" * 400 + "]"
    began = process_time()
    reported = complaints(content)
    assert process_time() - began < 10
    assert len(reported) == MOST_FAULTS
    assert all(line.startswith("users[0].kkk") and len(line) < 3 * LONGEST for line in reported)


def entries(content: Any) -> bytes:
    return json.dumps(content).encode()


def test_a_file_has_at_most_so_many_bytes() -> None:
    most = MEBIBYTES * 2**20
    assert len(read_file(BytesIO(bytes(most)))) == most
    with (
        open("/dev/zero", "rb") as endless,
        pytest.raises(BadEntryError, match=r"^The file has more than 64 MiB; .*\.$"),
    ):
        read_file(endless)


def test_a_directory_of_100_000_entries_fits_well() -> None:
    uid = "17d706c1-7844-00f5-a4a4-f1afa1975184"
    firm = {"uid": uid, "name": "x" * 40, "phones": ["+33 1 23 45 67 89"], "fax": [], "emails": ["x" * 30]}
    content = entries({"providers": [firm] * 100_000})
    assert read_file(BytesIO(content)) == content
    assert 2 * len(content) < MEBIBYTES * 2**20
