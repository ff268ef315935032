import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.embedded.data_folder import LOOPBACK, claim, closed_to_others, is_claimed, is_free, steady_ports
from deploy.embedded.start_error import StartError
from tests.support.processes.other_user import as_another_user


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with claim(folder):
        assert is_claimed(folder)
        with pytest.raises(StartError, match=r"is in use by another Ticketstream; stop that one"), claim(folder):
            pass
        assert is_claimed(folder)
    assert not is_claimed(folder)
    with claim(folder):
        assert is_claimed(folder)


def test_a_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"cannot be written \(Not a directory\)"), claim(tmp_path / "file" / "data"):
        pass
    with pytest.raises(StartError, match=r"file is a file; choose another with --data\.$"), claim(tmp_path / "file"):
        pass


def test_a_folder_without_room_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(StartError, match=r"MB free and needs 1152921504606 MB"),
        claim(tmp_path, min_free_bytes=1152921504606 << 20),
    ):
        pass
    assert not is_claimed(tmp_path)


def test_ports_stay_the_same_while_they_are_free(tmp_path: Path) -> None:
    first = steady_ports(tmp_path, ["kafka", "mongod"])
    assert steady_ports(tmp_path, ["mongod", "kafka", "gateway"]).items() >= first.items()
    with socket.create_server((LOOPBACK, first["kafka"])):
        assert not is_free(first["kafka"])
        moved = steady_ports(tmp_path, ["kafka", "mongod"])
    assert moved["kafka"] != first["kafka"]
    assert moved["mongod"] == first["mongod"]
    assert len(set(moved.values())) == 2


def test_no_port_is_used_twice_and_no_reserved_one(tmp_path: Path) -> None:
    first = steady_ports(tmp_path, ["kafka", "mongod"])
    reserved = steady_ports(tmp_path, ["gateway", "kafka", "mongod"], reserved=[first["kafka"]])
    assert reserved["mongod"] == first["mongod"]
    assert len({first["kafka"], *reserved.values()}) == 4


@pytest.mark.parametrize("before", [None, 0o755, 0o777, 0o700, 0o2750, 0o1777])
def test_a_claimed_folder_is_closed_to_other_users(tmp_path: Path, before: int | None) -> None:
    folder = tmp_path / "data"
    if before is not None:
        folder.mkdir()
        folder.chmod(before)
    with claim(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_other_users_is_refused_and_stays_unchanged(tmp_path: Path) -> None:
    folder = tmp_path / "like-tmp"
    folder.mkdir()
    (folder / "of somebody").touch()
    folder.chmod(0o1777)
    with pytest.raises(StartError, match=r"is for all users of this machine; choose another"), claim(folder):
        pass
    assert folder.stat().st_mode & 0o7777 == 0o1777


def test_files_made_closed_to_others_are_readable_only_by_the_owner(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with closed_to_others():
            (tmp_path / "made").mkdir()
            (tmp_path / "made" / "file").touch()
        (tmp_path / "after").touch()
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("made", "made/file", "after")] == [
        0o700,
        0o600,
        0o644,
    ]


def test_a_folder_of_another_user_that_is_open_is_refused() -> None:
    with TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o777)
        with as_another_user(), pytest.raises(StartError, match="belongs to another user and is open to others"):
            claim(folder).__enter__()
        assert folder.stat().st_mode & 0o777 == 0o777
        assert list(folder.iterdir()) == []
