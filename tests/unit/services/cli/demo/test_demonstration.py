from pathlib import Path

import pytest

from services.cli.demo.demo_error import DemoError
from services.cli.demo.demonstration import own_folder


def test_a_folder_of_its_own_is_made(tmp_path: Path) -> None:
    assert own_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()
    assert own_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"


def test_a_new_one_is_made_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = own_folder(None), own_folder(None)
    assert first != second
    assert {first.parent, second.parent} == {tmp_path}


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(DemoError, match=r"is not empty, and the demo removes its folder at the end"):
        own_folder(tmp_path)


def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match=r"cannot be used \(File exists\); choose another with --data"):
        own_folder(tmp_path / "file")
