"""How documents are divided into groups of bytes."""

import pytest

from services.gateway.views.stored_bytes import GROUP, groups


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([0, 0, 0], [[0, 0, 0]]),
        ([GROUP, 0, 1, GROUP], [[GROUP, 0], [1], [GROUP]]),
        ([GROUP + 1, GROUP + 1], [[GROUP + 1], [GROUP + 1]]),
        ([GROUP // 2] * 5, [[GROUP // 2] * 2, [GROUP // 2] * 2, [GROUP // 2]]),
    ],
)
def test_groups_have_a_bound_and_keep_the_order(sizes: list[int], expected: list[list[int]]) -> None:
    parts = groups(({"size": size} for size in sizes), lambda document: int(document["size"]))
    assert [[document["size"] for document in part] for part in parts] == expected
