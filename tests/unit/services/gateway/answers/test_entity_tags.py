import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.answers.entity_tags import digest_tag, named_tags, names, tagged_json, views_tag
from services.gateway.parameters.filters import Selection
from services.gateway.parameters.paging import Page
from shared.accounts.scopes import EVERYTHING, Visible
from shared.storage.checkpoints import NEVER, Progress

TAG = digest_tag(b"", b"body")
APPLIED = frozenset((partition, 1, 7 * partition, 3, 0) for partition in range(12))


def listed(header: str) -> list[str] | None:
    """Return the opaque parts of the tags in a well-formed `If-None-Match`, read letter by letter; None for others."""
    tags: list[str] = []
    rest = header
    while True:
        rest = rest.lstrip(" \t")
        if rest.startswith(","):
            rest = rest[1:]
            continue
        if not rest:
            return tags
        rest = rest.removeprefix("W/")
        end = rest.find('"', 1)
        if not rest.startswith('"') or end < 0 or not re.fullmatch(r"[\x21\x23-\x7e\x80-\xff]*", rest[1:end]):
            return None
        tags.append(rest[: end + 1])
        rest = rest[end + 1 :].lstrip(" \t")
        if rest and not rest.startswith(","):
            return None


@pytest.mark.parametrize(
    ("named", "has_it"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ("\t* ", True),
        ('"*"', False),
        (TAG, True),
        (f"W/{TAG}", True),
        (f'"a", W/"b,c" ,,{TAG}', True),
        (TAG.strip('"'), False),
        (f'"a", {TAG[:-1]}x"', False),
        (f"*, {TAG[:-1]}", False),
        (TAG.upper().replace("A", "b"), False),
    ],
)
def test_a_client_names_a_tag_in_a_list_or_by_a_star(named: str | None, *, has_it: bool) -> None:
    assert names(named, TAG) is has_it


OPAQUE = st.text(st.sampled_from("abc,*/W \t'") | st.characters(max_codepoint=255, exclude_characters='"'), max_size=8)
ELEMENT = st.builds(lambda weak, opaque: f'{weak}"{opaque}"', st.sampled_from(["", "W/"]), OPAQUE) | st.sampled_from(
    [TAG, f"W/{TAG}", "", "*"]
)
LIST = st.lists(ELEMENT, max_size=6).flatmap(
    lambda parts: st.lists(st.sampled_from([",", ", ", " ,\t", ",,"]), min_size=len(parts), max_size=len(parts)).map(
        lambda between: "".join(part + comma for part, comma in zip(parts, between, strict=True))
    )
)


@given(LIST)
def test_a_tag_is_found_if_and_only_if_a_well_formed_list_has_it(header: str) -> None:
    tags = listed(header)
    if tags is not None:
        assert names(header, TAG) == (TAG in tags)


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_no_header_without_the_tag_names_it(header: str) -> None:
    assert names(header, TAG) == (header.strip(" \t") == "*")


def test_several_headers_are_one_list() -> None:
    assert named_tags({"headers": [(b"cookie", b"x")]}) is None
    sent = {"headers": [(b"if-none-match", b'"a"'), (b"cookie", b"x"), (b"if-none-match", TAG.encode())]}
    assert names(named_tags(sent), TAG)


@given(st.tuples(st.binary(), st.binary()), st.tuples(st.binary(), st.binary()))
def test_different_answers_have_different_tags(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> None:
    one, other = ((head.replace(b"\n", b""), body) for head, body in (one, other))
    assert (digest_tag(*one) == digest_tag(*other)) == (one == other)


def test_a_tag_covers_body_status_and_headers() -> None:
    answers = [
        tagged_json(b"{}"),
        tagged_json(b"[]"),
        tagged_json(b"{}", 206),
        tagged_json(b"{}", 200, {"Content-Range": "0-0/1"}),
        tagged_json(b"{}", 200, {"Content-Range": "0-0/2"}),
    ]
    assert len({answer.tag for answer in answers}) == len(answers)
    last = answers[-1]
    assert last.to(None) is last.to('"other"') is last.whole
    unchanged = last.to(f'"other", W/{last.tag}')
    assert (unchanged.status_code, unchanged.body) == (304, b"")
    assert dict(unchanged.headers) == {"content-range": "0-0/2", "etag": last.tag}


def test_the_tag_of_a_stream_covers_the_views_and_what_is_selected() -> None:
    def tag(applied: object = APPLIED, *selected: object) -> str | None:
        assert isinstance(applied, frozenset)
        return views_tag(Progress(applied, NEVER), *selected)

    page, selection = Page(), Selection(towns=("paris",), last=date(2016, 5, 26))
    moved = [
        frozenset(
            tuple(value + 1 if (number, field) == (3, moving) else value for field, value in enumerate(one))
            for number, one in enumerate(sorted(APPLIED))
        )
        for moving in range(1, 5)
    ]
    tags = [
        tag(APPLIED, "json", page, selection, EVERYTHING),
        tag(APPLIED, "csv", page, selection, EVERYTHING),
        tag(APPLIED, "json", Page(1), selection, EVERYTHING),
        tag(APPLIED, "json", page, Selection(towns=("paris",), last=date(2016, 5, 27)), EVERYTHING),
        tag(APPLIED, "json", page, selection, Visible("agencies", ("a", "b"))),
        tag(APPLIED, "json", page, selection, Visible("agencies", ("a, b",))),
        *(tag(applied, "json", page, selection, EVERYTHING) for applied in moved),
    ]
    assert None not in tags
    assert len(set(tags)) == len(tags)
    assert tag(frozenset(sorted(APPLIED, reverse=True)), "json", page, selection, EVERYTHING) == tags[0]


def test_without_all_checkpoints_a_stream_has_no_tag() -> None:
    assert views_tag(Progress(object(), NEVER), "json") is None
