import socket
from pathlib import Path

import pytest

from deploy.embedded.errors import CannotStart
from deploy.embedded.folder import LOOPBACK, claim, is_claimed, is_free, steady_ports


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with claim(folder):
        assert is_claimed(folder)
        with pytest.raises(CannotStart, match=r"is in use by another Ticketstream; stop that one"), claim(folder):
            pass
        assert is_claimed(folder)
    assert not is_claimed(folder)
    with claim(folder):
        assert is_claimed(folder)


def test_a_folder_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"can not be written \(Not a directory\)"), claim(tmp_path / "file" / "data"):
        pass
    with pytest.raises(CannotStart, match=r"file is a file; choose another with --data\.$"), claim(tmp_path / "file"):
        pass


def test_a_folder_without_room_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotStart, match=r"MB free and needs 1152921504606 MB"),
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


def test_no_port_is_given_twice_nor_is_a_reserved_one(tmp_path: Path) -> None:
    first = steady_ports(tmp_path, ["kafka", "mongod"])
    reserved = steady_ports(tmp_path, ["gateway", "kafka", "mongod"], reserved=[first["kafka"]])
    assert reserved["mongod"] == first["mongod"]
    assert len({first["kafka"], *reserved.values()}) == 4
