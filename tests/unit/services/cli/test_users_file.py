import json
from typing import Any

import pytest

from services.cli.directory_file import BadEntryError
from services.cli.users_file import RemovedUser, ScopeEntry, UserEntry, new_user, read_scope, read_users

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
        RemovedUser(login="joe", removed=True),
    ]


def test_a_password_is_not_shown() -> None:
    assert "horse" not in repr(read(ENTRY))


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([ENTRY, {"login": "joe"}], r"^users\[1\] \(joe\): uid: Field required\.$"),
        ([ENTRY | {"role": "admin"}], r"^users\[0\] \(kim\): role: Input should be 'operator' or 'reader'\.$"),
        (
            [ENTRY | {"scope": {"kind": "agencies"}}],
            r"^users\[0\] \(kim\): scope: a scope of kind agencies needs uids\.$",
        ),
        ([ENTRY | {"scope": {"kind": "accounts", "uids": ["x"]}}], r"scope\.uids\.0: must be a uid, hexadecimal"),
        ([ENTRY | {"login": ""}], r"login: String should have at least 1 character\.$"),
        ([{"removed": True}], r"^users\[0\] \(no login\): login: Field required\.$"),
        ([ENTRY, ENTRY | {"uid": NORTH}], r"^The login kim is in the file twice\.$"),
        ([ENTRY, ENTRY | {"login": "joe"}], rf"^The uid {KIM} is in the file twice\.$"),
        (["kim"], r"^users\[0\]: must be an object\.$"),
    ],
)
def test_the_first_entry_that_is_wrong_is_named(entries: list[Any], complaint: str) -> None:
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
        ("", "kind: Input should be 'everything', "),
        ("planet:x", "^planet:x: kind: Input should be 'everything', "),
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
    [("kim", "kim's", "^kim: uid: must be a uid"), ("", KIM, "^the new user: login: String should have at least 1 ")],
)
def test_a_new_user_is_checked_as_one_from_a_file(login: str, uid: str, complaint: str) -> None:
    with pytest.raises(BadEntryError, match=complaint):
        new_user(login, "reader", ScopeEntry(kind="everything"), "correct horse", uid)
