"""Parts of the tests side by side: each test belongs to one part, and a failure of any part counts."""

from pathlib import Path

import pytest

from tests.support.side_by_side import blocks, main, parts_of, place

PASSES, FAILS = "def test_it() -> None:\n    pass\n", "def test_it() -> None:\n    raise ValueError\n"


def test_the_last_part_has_what_no_other_has() -> None:
    assert parts_of(["a b/c", "d"]) == [["a", "b/c"], ["d"], ["--ignore=a", "--ignore=b/c", "--ignore=d"]]


def test_failures_and_summary_come_in_one_piece() -> None:
    run = ["=== test session starts ===\n", "a.py ..\n", "=== FAILURES ===\n", "why\n", "=== 1 failed ===\n"]
    assert list(blocks(iter(run))) == [*run[:2], "".join(run[2:])]


@pytest.mark.parametrize(("there", "room", "used"), [(True, 0, True), (True, 1 << 60, False), (False, 0, False)])
def test_memory_is_used_only_with_enough_room(tmp_path: Path, *, there: bool, room: int, used: bool) -> None:
    memory = tmp_path if there else tmp_path / "missing"
    assert place(memory, room) == (memory if used else None)


@pytest.mark.parametrize(("content", "status"), [(PASSES, 0), (FAILS, 1)])
def test_all_parts_must_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, written in (("pytest.ini", "[pytest]\n"), ("test_one.py", content), ("test_other.py", PASSES)):
        Path(name).write_text(written)
    assert main("not long", ["test_one.py"]) == status
    shown = capsys.readouterr().out
    assert "test_one.py" in shown
    assert "test_other.py" in shown
