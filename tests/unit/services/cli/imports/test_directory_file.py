import json
from typing import Any

import pytest

from services.cli.imports.directory_file import changes
from services.cli.imports.entry_files import MOST_FAULTS, BadEntryError
from shared.directory.entries import (
    LONGEST_TEXT,
    MOST_AGENCIES,
    MOST_CHANNELS,
    Agency,
    Directory,
    OperatorEntry,
    Patrimony,
    ProviderContact,
    updated,
)

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
PARK, ACCOUNT = "f178e729-3286-74d1-ab19-c8539d1dc741", "aaaaaaaa-3286-74d1-ab19-c8539d1dc741"
AGENCY = {"uid": NORTH, "label": "North", "accountUid": ACCOUNT}
PATRIMONY = {"uid": PARK, "ref": "ZER319", "agencyUids": [NORTH]}
FIRM = {"uid": SOUTH, "name": "Firm", "phones": ["1"], "fax": [], "emails": []}
KNOWN = updated(Directory(), [Agency(uid=NORTH, label="North", accountUid=ACCOUNT)])


def read(current: Directory = KNOWN, **lists: Any) -> list[Any]:
    found = changes(json.dumps(lists).encode(), current)
    return [change.entry for change in found if change.fate != "unchanged"]


def complaints(current: Directory = KNOWN, **lists: Any) -> list[str]:
    with pytest.raises(BadEntryError) as refused:
        read(current, **lists)
    return str(refused.value).split("\n")


def test_all_four_kinds_are_read_agencies_before_what_names_them() -> None:
    entries = read(
        Directory(),
        operators=[{"uid": ACCOUNT, "name": "Ann"}],
        providers=[FIRM],
        patrimonies=[PATRIMONY],
        agencies=[AGENCY | {"uid": NORTH.upper(), "removed": False}],
    )
    assert entries == [
        Agency(uid=NORTH, label="North", accountUid=ACCOUNT),
        Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH,)),
        ProviderContact(uid=SOUTH, name="Firm", phones=("1",), fax=(), emails=()),
        OperatorEntry(uid=ACCOUNT, name="Ann"),
    ]


@pytest.mark.parametrize(
    "lists",
    [
        {"agencies": [AGENCY | {"label": "x" * (LONGEST_TEXT + 1)}]},
        {"patrimonies": [PATRIMONY | {"agencyUids": [NORTH] * (MOST_AGENCIES + 1)}]},
        {"providers": [FIRM | {"phones": ["1"] * (MOST_CHANNELS + 1)}]},
    ],
)
def test_an_entry_is_bounded_because_every_ticket_that_names_it_shows_it(lists: dict[str, Any]) -> None:
    with pytest.raises(BadEntryError, match=r"at most \d+ (characters|items)"):
        read(**lists)


def test_an_equal_entry_changes_nothing() -> None:
    assert read(agencies=[AGENCY]) == []
    assert [entry.label for entry in read(agencies=[AGENCY | {"label": "Far north"}])] == ["Far north"]


def test_a_removed_entry_keeps_its_fields_and_comes_back_when_it_is_given_again() -> None:
    (removed,) = read(agencies=[{"uid": NORTH, "removed": True}])
    assert removed == Agency(uid=NORTH, label="North", accountUid=ACCOUNT, removed=True)
    without = updated(KNOWN, [removed])
    assert read(without, agencies=[{"uid": NORTH, "removed": True}]) == []
    assert read(without, agencies=[AGENCY]) == [Agency(uid=NORTH, label="North", accountUid=ACCOUNT)]


@pytest.mark.parametrize(
    ("lists", "complaint"),
    [
        ({"agencies": [AGENCY, {"uid": SOUTH}]}, rf"^agencies\[1\] \({SOUTH}\): label: is missing\."),
        ({"agencies": [{}]}, r"^agencies\[0\] \(no uid\): uid: is missing\."),
        (
            {"agencies": [AGENCY | {"uid": "north"}]},
            r"^agencies\[0\] \(north\): uid: must be a uid, hexadecimal digits 8-4-4-4-12\.$",
        ),
        ({"agencies": [AGENCY | {"label": 7}]}, r"label: must be a text\.$"),
        ({"agencies": ["North"]}, r"^agencies\[0\]: must be an object\.$"),
        ({"agencies": {}}, r"^agencies: must be a list\.$"),
        (
            {"agences": []},
            r"^agences: is not a known key; the lists are agencies, patrimonies, providers, operators\.$",
        ),
        ({"agencies": [AGENCY | {"labell": "x"}]}, rf"^agencies\[0\] \({NORTH}\): labell: is not a known key\.$"),
        ({"agencies": [AGENCY | {"kind": "agency"}]}, r": kind: is not a known key\.$"),
        (
            {"agencies": [{"uid": NORTH, "removed": True, "accountUids": 1}]},
            rf"^agencies\[0\] \({NORTH}\): accountUids: is not a known key\.$",
        ),
        ({"agencies": [AGENCY | {"x" * 300: 1}]}, rf": {'x' * 100}…: is not a known key\.$"),
        ({"agencies": [AGENCY | {"\x1b[2J\n": 1}]}, r": \?\[2J\?: is not a known key\.$"),
        ({"agencies": [AGENCY, AGENCY]}, rf"^agencies\[1\] \({NORTH}\): uid: is in the file twice\.$"),
        ({"operators": [{"uid": NORTH, "name": "Ann"}]}, r"belongs to another kind of entry \(agency\)\.$"),
        (
            {"patrimonies": [PATRIMONY | {"agencyUids": [NORTH, SOUTH]}]},
            rf"\({PARK}\): agencyUids: agency {SOUTH} is neither in this file nor in the directory\.$",
        ),
        ({"operators": [{"uid": NORTH, "name": 7}]}, r"belongs to another kind of entry \(agency\)\.$"),
        ({"operators": [{"uid": NORTH, "removed": True}]}, r"belongs to another kind of entry \(agency\)\.$"),
        (
            {"agencies": [{"uid": SOUTH, "removed": True}] * 2},
            rf"^agencies\[1\] \({SOUTH}\): uid: is in the file twice",
        ),
        ({"patrimonies": [PATRIMONY | {"agencyUids": []}]}, r": agencyUids: must have at least 1 item\.$"),
        ({"patrimonies": [PATRIMONY | {"agencyUids": NORTH}]}, r": agencyUids: must be a list\.$"),
        ({"providers": [FIRM | {"phones": "1"}]}, r": phones: must be a list\.$"),
        ({"agencies": [AGENCY | {"removed": "no"}]}, r": removed: must be true or false\.$"),
    ],
)
def test_an_entry_that_is_wrong_is_named(lists: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        read(**lists)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"^The directory file is not JSON: "),
        (b"[]", r"^The directory file must be an object of lists"),
        (b"\xff", r"^The directory file is not JSON: "),
        (b'{"agencies": NaN}', r"^The directory file is not JSON: NaN is not a number\.$"),
        (b"[" * 100_000, r"^The directory file is not JSON: "),
        (b"\xef\xbb\xbf{}", r"^The directory file is not JSON: "),
        (b'{"agencies": [], "agencies": []}', r"^agencies: occurs 2 times in one object\.$"),
        (b'{"operators": [{"uid": 1, "uid": 2}]}', r"^operators\[0\]: uid: occurs 2 times in one object\.\noperators"),
        (b'{"\\ud800": 1}', r"^\?: is not a known key"),
        (b'{"operators": [{"\\ud800": 1}]}', r"^operators\[0\] \(no uid\): "),
        (b'{"operators": [{"\\ud800": 1, "removed": true}]}', r"^operators\[0\] \(no uid\): "),
        (b'{"operators": [{"name": "\\ud800"}]}', r"name: must be a text"),
    ],
)
def test_a_file_of_another_shape_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        changes(content, KNOWN)


def test_a_text_may_be_empty_for_an_empty_string_is_a_value() -> None:
    (entry,) = read(agencies=[AGENCY | {"label": ""}])
    assert entry == Agency(uid=NORTH, label="", accountUid=ACCOUNT)


@pytest.mark.parametrize("removed", ["nonsense", "", "7943797a-93c4-73f9-48f8-6baea5e94d1"])
def test_a_removal_names_a_uid(removed: str) -> None:
    with pytest.raises(BadEntryError, match=r"^agencies\[0\] \(.*\): uid: must be a uid"):
        changes(json.dumps({"agencies": [{"uid": removed, "removed": True}]}).encode(), Directory())


def test_all_faults_are_reported_together_with_their_places() -> None:
    reported = complaints(
        agences=[],
        agencies=[AGENCY | {"label": 7, "extra": 1}, "South", AGENCY, AGENCY],
        patrimonies=[
            PATRIMONY | {"agencyUids": ["x", NORTH, "y", ACCOUNT]},
            PATRIMONY | {"agencyUids": [SOUTH, ACCOUNT]},
        ],
        operators=7,
        providers=[{"uid": "p", "removed": True}],
    )
    assert reported == [
        "agences: is not a known key; the lists are agencies, patrimonies, providers, operators.",
        "operators: must be a list.",
        f"agencies[0] ({NORTH}): label: must be a text.",
        f"agencies[0] ({NORTH}): extra: is not a known key.",
        "agencies[1]: must be an object.",
        f"patrimonies[0] ({PARK}): agencyUids.0: must be a uid, hexadecimal digits 8-4-4-4-12.",
        f"patrimonies[0] ({PARK}): agencyUids.2: must be a uid, hexadecimal digits 8-4-4-4-12.",
        "providers[0] (p): uid: must be a uid, hexadecimal digits 8-4-4-4-12.",
        f"agencies[2] ({NORTH}): uid: is in the file twice.",
        f"agencies[3] ({NORTH}): uid: is in the file twice.",
        f"patrimonies[1] ({PARK}): uid: is in the file twice.",
        f"patrimonies[0] ({PARK}): agencyUids: agency {ACCOUNT} is neither in this file nor in the directory.",
        f"patrimonies[1] ({PARK}): agencyUids: agency {SOUTH} is neither in this file nor in the directory.",
        f"patrimonies[1] ({PARK}): agencyUids: agency {ACCOUNT} is neither in this file nor in the directory.",
    ]


def test_an_agency_that_is_wrong_is_not_unknown_as_well() -> None:
    reported = complaints(Directory(), agencies=[AGENCY | {"label": 7}], patrimonies=[PATRIMONY])
    assert reported == [f"agencies[0] ({NORTH}): label: must be a text."]


def test_of_many_faults_the_first_are_reported_and_the_others_counted() -> None:
    reported = complaints(agencies=[7] * 1_234)
    assert reported[: MOST_FAULTS - 1] == [f"agencies[{n}]: must be an object." for n in range(MOST_FAULTS - 1)]
    assert reported[MOST_FAULTS:] == [f"… and {1_234 - MOST_FAULTS:,} more."]


def test_each_entry_is_added_changed_removed_or_left_as_it_is() -> None:
    gone = Agency(uid=SOUTH, label="South", accountUid=ACCOUNT, removed=True)
    current = updated(KNOWN, [gone, OperatorEntry(uid=PARK, name="Ann")])
    lists = {
        "agencies": [AGENCY, {"uid": SOUTH, "label": "South", "accountUid": ACCOUNT}],
        "providers": [{"uid": "b1dbc546-48bd-f49c-b76f-5028426d5321", "removed": True}],
        "operators": [{"uid": PARK, "removed": True, "name": 7}, {"uid": ACCOUNT, "name": "Bo"}],
    }
    found = changes(json.dumps(lists).encode(), current)
    assert [(change.kind, change.fate) for change in found] == [
        ("agencies", "unchanged"),
        ("agencies", "added"),
        ("providers", "not there"),
        ("operators", "removed"),
        ("operators", "added"),
    ]
    (changed,) = changes(json.dumps({"agencies": [AGENCY | {"label": "Far north"}]}).encode(), current)
    assert changed.fate == "changed"
    (unread,) = changes(json.dumps({"agencies": [AGENCY]}).encode(), current, {NORTH})
    assert unread.fate == "changed"
