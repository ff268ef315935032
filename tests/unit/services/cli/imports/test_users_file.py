import json
from typing import Any

import pytest

from services.cli.imports.entry_files import LONGEST, BadEntryError
from services.cli.imports.users_file import RemovedUser, ScopeEntry, UserEntry, new_user, read_scope, read_users

KIM, NORTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
EVERYTHING = {"kind": "everything"}
ENTRY = {"uid": KIM, "login": "kim", "password": "correct horse", "role": "reader", "scope": EVERYTHING}


def read(*entries: Any) -> list[UserEntry | RemovedUser]:
    return read_users(json.dumps(entries).encode())


def test_users_are_read_and_removed_ones_need_a_login_alone() -> None:
    scope = {"kind": "agencies", "uids": [NORTH.upper()]}
    assert read(ENTRY | {"scope": scope}, {"login": "joe", "removed": True}) == [
        UserEntry(
            uid=KIM,
            login="kim",
            password="correct horse",
            role="reader",
            scope=ScopeEntry(kind="agencies", uids=(NORTH,)),
        ),
        RemovedUser(login="joe"),
    ]


def test_a_password_is_not_shown() -> None:
    assert "horse" not in repr(read(ENTRY))


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([ENTRY, {"login": "joe"}], r"^users\[1\] \(joe\): uid: is missing\."),
        ([ENTRY | {"role": "admin"}], r"^users\[0\] \(kim\): role: must be 'operator' or 'reader'\.$"),
        (
            [ENTRY | {"scope": {"kind": "agencies"}}],
            r"^users\[0\] \(kim\): scope: a scope of kind agencies needs uids\.$",
        ),
        ([ENTRY | {"scope": {"kind": "accounts", "uids": ["x"]}}], r"scope\.uids\.0: must be a uid, hexadecimal"),
        ([ENTRY | {"login": ""}], r"login: must have at least 1 character\.$"),
        ([{"removed": True}], r"^users\[0\] \(no login\): login: is missing\.$"),
        ([ENTRY, ENTRY | {"uid": NORTH}], r"^users\[1\] \(kim\): login: kim is in the file twice\.$"),
        ([ENTRY, ENTRY | {"login": "joe"}], rf"^users\[1\] \(joe\): uid: {KIM} is in the file twice\.$"),
        ([ENTRY | {"roles": 1}], r"^users\[0\] \(kim\): roles: is not a known key\.$"),
        ([ENTRY | {"scope": EVERYTHING | {"uid": []}}], r"^users\[0\] \(kim\): scope\.uid: is not a known key\.$"),
        ([{"login": "joe", "removed": True, "pasword": 1}], r"^users\[0\] \(joe\): pasword: is not a known key\.$"),
        (
            [ENTRY | {"removed": True, "role": 7, "scope": {"kind": 7, "agencies": []}}],
            r"^users\[0\] \(kim\): scope\.agencies: is not a known key\.$",
        ),
        (["kim"], r"^users\[0\]: must be an object\.$"),
        ([ENTRY | {"scope": 7}], r": scope: must be an object\.$"),
        ([ENTRY | {"scope": {"kind": "accounts", "uids": NORTH}}], r": scope\.uids: must be a list\.$"),
        ([{"uid": "kim's", "login": "kim", "removed": True}], r"^users\[0\] \(kim\): uid: must be a uid, "),
        ([ENTRY | {"role": 7}, ENTRY | {"removed": True}], r"\nusers\[1\] \(kim\): login: kim is in the file twice\.$"),
    ],
)
def test_an_entry_that_is_wrong_is_named(entries: list[Any], complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        read(*entries)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"{}", r"^The users file must be a list of users\.$"), (b"[", r"^The users file is not JSON: ")],
)
def test_a_file_of_another_shape_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        read_users(content)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("everything", ScopeEntry(kind="everything")),
        (f"agencies:{NORTH}, {KIM}", ScopeEntry(kind="agencies", uids=(NORTH, KIM))),
        (f"accounts:{NORTH.upper()}", ScopeEntry(kind="accounts", uids=(NORTH,))),
        ("patrimonies:", ScopeEntry(kind="patrimonies", uids=())),
    ],
)
def test_a_scope_is_written_as_its_kind_and_its_uids(text: str, scope: ScopeEntry) -> None:
    assert read_scope(text) == scope


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "kind: must be 'everything', "),
        ("planet:x", "^planet:x: kind: must be 'everything', "),
        ("agencies", "^agencies: a scope of kind agencies needs uids"),
        ("agencies:x", "^agencies:x: uids.0: must be a uid"),
        (f"everything:{NORTH}", "a scope of everything has no uids"),
    ],
)
def test_another_scope_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        read_scope(text)


@pytest.mark.parametrize(
    ("login", "uid", "complaint"),
    [("kim", "kim's", "^kim: uid: must be a uid"), ("", KIM, "^the new user: login: must have at least 1 ")],
)
def test_a_new_user_is_checked_as_one_from_a_file(login: str, uid: str, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        new_user(login, "reader", ScopeEntry(kind="everything"), "correct horse", uid)


def test_all_faults_are_reported_together_without_passwords() -> None:
    with pytest.raises(BadEntryError) as refused:
        read(
            ENTRY | {"role": "admin", "password": "correct horse", "extra": 1},
            "joe",
            {"removed": True},
            ENTRY | {"password": ["correct horse"]},
            ENTRY,
            ENTRY,
        )
    assert str(refused.value).split("\n") == [
        "users[0] (kim): role: must be 'operator' or 'reader'.",
        "users[0] (kim): extra: is not a known key.",
        "users[1]: must be an object.",
        "users[2] (no login): login: is missing.",
        "users[3] (kim): password: must be a text.",
        "users[3] (kim): login: kim is in the file twice.",
        f"users[3] (kim): uid: {KIM} is in the file twice.",
        "users[4] (kim): login: kim is in the file twice.",
        f"users[4] (kim): uid: {KIM} is in the file twice.",
        "users[5] (kim): login: kim is in the file twice.",
        f"users[5] (kim): uid: {KIM} is in the file twice.",
    ]


def test_texts_of_a_file_are_printed_short_and_without_control_characters() -> None:
    login = "\x1b[2J\n\u202e" + "x" * 1_000_000
    shown = f"?[2J??{'x' * (LONGEST - 6)}…"
    with pytest.raises(BadEntryError) as refused:
        read(ENTRY | {"login": login}, ENTRY | {"login": login, "uid": NORTH})
    assert str(refused.value).endswith(f": login: {shown} is in the file twice.")
    assert len(str(refused.value)) < 3 * LONGEST
    with pytest.raises(BadEntryError) as refused:
        read_scope(f"everything:{login}")
    assert str(refused.value) == f"everything:?[2J??{'x' * (LONGEST - 17)}…: a scope of everything has no uids."


def test_a_removed_user_may_keep_its_other_fields() -> None:
    assert read(ENTRY | {"removed": True, "uid": KIM.upper()}) == [RemovedUser(login="kim", uid=KIM)]
    assert read({"login": "kim", "uid": None, "removed": True}) == [RemovedUser(login="kim")]


def test_a_repeated_login_is_reported_even_without_uids() -> None:
    with pytest.raises(BadEntryError) as refused:
        read(*[{"login": "kim", "role": "reader", "scope": EVERYTHING}] * 2)
    assert str(refused.value).split("\n") == [
        "users[0] (kim): uid: is missing.",
        "users[1] (kim): uid: is missing.",
        "users[1] (kim): login: kim is in the file twice.",
    ]
