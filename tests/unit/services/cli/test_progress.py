from io import StringIO

import pytest
from rich.console import Console

from services.cli.progress import doing, messages


def test_messages_go_to_standard_error_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    logged = f"kafka ended: [main] ERROR [/tmp/data] :warning: {'x' * 200}"
    messages().print(logged)
    assert capsys.readouterr() == ("", f"{logged}\n")


def test_what_is_being_done_is_a_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with doing(messages(), "stopping"):
        assert capsys.readouterr().err == "stopping …\n"
    assert capsys.readouterr() == ("", "")


def test_what_is_being_done_is_gone_from_a_terminal_afterwards() -> None:
    terminal = Console(file=StringIO(), force_terminal=True, width=80)
    with doing(terminal, "stopping"):
        pass
    assert isinstance(terminal.file, StringIO)
    shown = terminal.file.getvalue()
    assert "stopping" in shown
    assert shown.endswith("\x1b[1A\x1b[2K")
