import json
from typing import Any

import pytest

from services.cli.directory_file import BadEntryError, changes
from shared.directory import Agency, Directory, OperatorEntry, Patrimony, ProviderContact, updated

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
PARK, ACCOUNT = "f178e729-3286-74d1-ab19-c8539d1dc741", "aaaaaaaa-3286-74d1-ab19-c8539d1dc741"
AGENCY = {"uid": NORTH, "label": "North", "accountUid": ACCOUNT}
PATRIMONY = {"uid": PARK, "ref": "ZER319", "agencyUids": [NORTH]}
KNOWN = updated(Directory(), [Agency(uid=NORTH, label="North", accountUid=ACCOUNT)])


def read(current: Directory = KNOWN, **lists: Any) -> list[Any]:
    return changes(json.dumps(lists).encode(), current)


def test_all_four_kinds_are_read_agencies_before_what_names_them() -> None:
    firm = {"uid": SOUTH, "name": "Firm", "phones": ["1"], "fax": [], "emails": []}
    entries = read(
        Directory(),
        operators=[{"uid": ACCOUNT, "name": "Ann"}],
        providers=[firm],
        patrimonies=[PATRIMONY],
        agencies=[AGENCY | {"uid": NORTH.upper(), "unknown": 1}],
    )
    assert entries == [
        Agency(uid=NORTH, label="North", accountUid=ACCOUNT),
        Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH,)),
        ProviderContact(uid=SOUTH, name="Firm", phones=("1",), fax=(), emails=()),
        OperatorEntry(uid=ACCOUNT, name="Ann"),
    ]


def test_an_entry_that_is_known_as_it_is_changes_nothing() -> None:
    assert read(agencies=[AGENCY]) == []
    assert [entry.label for entry in read(agencies=[AGENCY | {"label": "Far north"}])] == ["Far north"]


def test_a_removed_entry_keeps_its_fields_and_comes_back_when_it_is_given_again() -> None:
    (removed,) = read(agencies=[{"uid": NORTH, "removed": True}])
    assert removed == Agency(uid=NORTH, label="North", accountUid=ACCOUNT, removed=True)
    without = updated(KNOWN, [removed])
    assert read(without, agencies=[{"uid": NORTH, "removed": True}, {"uid": SOUTH, "removed": True}]) == []
    assert read(without, agencies=[AGENCY]) == [Agency(uid=NORTH, label="North", accountUid=ACCOUNT)]


@pytest.mark.parametrize(
    ("lists", "complaint"),
    [
        ({"agencies": [AGENCY, {"uid": SOUTH}]}, rf"^agencies\[1\] \({SOUTH}\): label: Field required\.$"),
        ({"agencies": [{}]}, r"^agencies\[0\] \(no uid\): uid: Field required\.$"),
        (
            {"agencies": [AGENCY | {"uid": "north"}]},
            r"^agencies\[0\] \(north\): uid: must be a uid, hexadecimal digits 8-4-4-4-12\.$",
        ),
        ({"agencies": [AGENCY | {"label": 7}]}, r"label: Input should be a valid string\.$"),
        ({"agencies": ["North"]}, r"^agencies\[0\]: must be an object\.$"),
        ({"agencies": {}}, r"^The directory file must be an object of lists"),
        ({"agencies": [AGENCY, AGENCY]}, rf"^agencies\[1\] \({NORTH}\): uid: is in the file twice\.$"),
        ({"operators": [{"uid": NORTH, "name": "Ann"}]}, r"belongs to another kind of entry \(agency\)\.$"),
        (
            {"patrimonies": [PATRIMONY | {"agencyUids": [NORTH, SOUTH]}]},
            rf"^patrimonies\[0\] \({PARK}\): agencyUids: no agency {SOUTH} is known, in this file or before\.$",
        ),
        ({"patrimonies": [PATRIMONY | {"agencyUids": []}]}, r"agencyUids: Tuple should have at least 1 item"),
    ],
)
def test_the_first_entry_that_is_wrong_is_named(lists: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        read(**lists)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"^The directory file is not JSON: "),
        (b"[]", r"^The directory file must be an object of lists"),
        (b"\xff", r"^The directory file is not JSON: "),
    ],
)
def test_a_file_of_another_shape_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        changes(content, KNOWN)


@pytest.mark.parametrize("removed", ["nonsense", "", "7943797a-93c4-73f9-48f8-6baea5e94d1"])
def test_a_removal_names_a_uid(removed: str) -> None:
    with pytest.raises(BadEntryError, match=r"^agencies\[0\]: uid: must be a uid"):
        changes(json.dumps({"agencies": [{"uid": removed, "removed": True}]}).encode(), Directory())
