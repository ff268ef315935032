import pytest

from services.gateway.parameters.paging import Page, page_head, read_range
from services.gateway.parameters.query import BadParameterError


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
