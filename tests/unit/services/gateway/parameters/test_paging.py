from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.parameters.paging import LONGEST_LINK, Page, page_head, read_page, read_range
from services.gateway.parameters.query import BadParameterError, Query


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (None, Page(0, 100)),
        ("0-0", Page(0, 1)),
        ("007-10", Page(7, 4)),
        ("50-149", Page(50, 100)),
        ("50-150", Page(50, 100)),
        ("0-99999999999999999999999", Page(0, 100)),
        ("99999999999999999999-99999999999999999999", Page(99999999999999999999, 1)),
    ],
)
def test_a_range_is_cut_to_the_largest_page(text: str | None, page: Page) -> None:
    assert read_range(text) == page


@pytest.mark.parametrize(
    "text", ["1-0", "0", "-1", "0-", "a-b", "0-1-2", "0 - 1", "\u0660-\u0661", "0-1\n", "9" * 5000 + "-1"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadParameterError, match=r"^Parameter range must "):
        read_range(text)


@pytest.mark.parametrize(
    ("page", "count", "status", "content_range"),
    [
        (Page(0, 100), 10, 200, "0-9/10"),
        (Page(0, 10), 10, 200, "0-9/10"),
        (Page(0, 11), 256, 206, "0-10/256"),
        (Page(0, 1), 1, 200, "0-0/1"),
        (Page(9, 100), 10, 206, "9-9/10"),
        (Page(10, 100), 10, 206, "10-10/10"),
        (Page(5000, 100), 10, 206, "10-10/10"),
        (Page(0, 100), 0, 200, "0-0/0"),
        (Page(7, 3), 0, 200, "0-0/0"),
    ],
)
def test_an_answer_says_which_part_it_holds(page: Page, count: int, status: int, content_range: str) -> None:
    head = page_head(page, count)
    assert head.status == status
    assert head.headers == {"Content-Range": content_range, "Accept-Range": "100"}


@pytest.mark.parametrize(
    ("query", "count", "reference"),
    [
        (b"", 256, "?range=100-199"),
        (b"range=0-9", 256, "?range=10-19"),
        (b"status=OPENED&&range=0-9&location=Evry", 256, "?status=OPENED&location=Evry&range=10-19"),
        (b"%72ange=0-9&a=b", 256, "?a=b&range=10-19"),
        (b"range=250-259", 261, "?range=260-269"),
        (b"range=0-500", 256, "?range=100-199"),
        (b"fulltext=caf%c3%a9%20+b%2C,c", 256, "?fulltext=caf%c3%a9%20+b%2C,c&range=100-199"),
        ('location=<é>"\\^'.encode(), 256, "?location=%3C%C3%A9%3E%22%5C%5E&range=100-199"),
        (b"x=a\r\nSet-Cookie: y", 256, "?x=a%0D%0ASet-Cookie:%20y&range=100-199"),
        (b"range=250-255", 256, None),
        (b"range=300-309", 256, None),
        (b"", 100, None),
        (b"", 0, None),
        (b"x=" + b"a" * (LONGEST_LINK - len("?x=&range=100-199")), 256, "long"),
        (b"x=" + b"a" * (LONGEST_LINK - len("?x=&range=100-199") + 1), 256, None),
        (b"x=" + b"<" * (LONGEST_LINK // 2), 256, None),
        (b"x=" + b"a" * 60_000, 256, None),
    ],
)
def test_a_page_that_others_follow_links_to_the_next(query: bytes, count: int, reference: str | None) -> None:
    link = page_head(read_page(Query(query)), count).headers.get("Link")
    if reference == "long":
        assert link is not None
        assert len(link) == len('<>; rel="next"') + LONGEST_LINK
    else:
        assert link == (f'<{reference}>; rel="next"' if reference else None)


def test_a_page_without_its_query_has_no_link() -> None:
    assert "Link" not in page_head(read_range("0-9"), 256).headers


@given(st.binary(max_size=200).filter(lambda query: b"range" not in query))
def test_a_link_is_safe_in_a_header_and_means_the_same_query(query: bytes) -> None:
    try:
        page = read_page(Query(query))
    except BadParameterError:
        return
    link = page_head(page, 1_000).headers["Link"]
    reference = link.removeprefix("<?").removesuffix('>; rel="next"')
    assert link == f'<?{reference}>; rel="next"'
    assert reference.isascii()
    assert not set('<>"\\ \r\n\0') & set(reference)
    asked, linked = (
        parse_qsl(text, keep_blank_values=True, encoding="latin-1", separator="&")
        for text in (query.decode("latin-1"), reference)
    )
    assert linked == [*asked, ("range", "100-199")]
