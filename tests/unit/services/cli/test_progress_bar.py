import sys
from io import FileIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from services.cli import progress_bar
from services.cli.progress_bar import counted, doing, messages


def test_messages_go_to_standard_error_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    logged = f"kafka ended: [main] ERROR [/tmp/data] :warning: {'x' * 200}"
    messages().print(logged)
    assert capsys.readouterr() == ("", f"{logged}\n")


def test_a_full_disk_under_the_messages_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with TextIOWrapper(FileIO("/dev/full", "w"), write_through=True) as full:
        monkeypatch.setattr(sys, "stderr", full)
        done = []
        with doing(messages(), "stopping"):
            done.append("stopped")
    assert done == ["stopped"]


def test_what_is_being_done_is_a_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with doing(messages(), "stopping"):
        assert capsys.readouterr().err == "stopping …\n"
    assert capsys.readouterr() == ("", "")


def test_a_message_disappears_from_a_terminal_at_its_end() -> None:
    terminal = Console(file=StringIO(), force_terminal=True, width=80)
    with doing(terminal, "stopping"):
        pass
    assert isinstance(terminal.file, StringIO)
    shown = terminal.file.getvalue()
    assert "stopping" in shown
    assert shown.endswith("\x1b[1A\x1b[2K")


def test_what_is_counted_is_a_line_now_and_then_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 100.0, 102.9, 103.1, 103.1])
    monkeypatch.setattr(progress_bar, "monotonic", lambda: next(moments))
    with counted(messages(), "publishing") as show:
        for done in (0, 1_000, 2_000):
            show(done, 4_000)
    assert capsys.readouterr() == ("", "publishing: 0 of 4,000 …\npublishing: 2,000 of 4,000 …\n")


def test_what_is_counted_is_a_bar_on_a_terminal() -> None:
    terminal = Console(file=StringIO(), force_terminal=True, width=80)
    with counted(terminal, "publishing") as show:
        show(3, 4)
    assert isinstance(terminal.file, StringIO)
    assert "publishing" in terminal.file.getvalue()
    assert "3/4" in terminal.file.getvalue()
