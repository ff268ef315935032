"""A mongod with a password: on new files, on files from before it had one, and after the password was lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.embedded import mongod
from deploy.embedded.child_process import spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.mongod_access import KEY_FILE, PASSWORD_FILE, access
from shared.mongo import PyMongoError, connected

NO_PASSWORD, WRONG_PASSWORD = "requires authentication", "Authentication failed"


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[str]:
    """Run a mongod on the files of `folder`; yields its URL with user and password."""
    port = steady_ports(folder, ["mongod"])["mongod"]
    asked_for = access(mongod.files(folder))
    program = mongod.program(folder, port, asked_for)
    assert asked_for.password not in " ".join(program.argv)
    assert asked_for.key not in " ".join(program.argv)
    running = await spawn(program)
    try:
        await running.ready()
        yield mongod.url(port, asked_for)
    finally:
        await running.stop()
    said = program.log.read_text()
    assert asked_for.password not in said
    assert asked_for.key not in said


@asynccontextmanager
async def open_to_all(folder: Path) -> AsyncIterator[str]:
    port = steady_ports(folder, ["mongod"])["mongod"]
    running = await spawn(mongod.program(folder, port))
    try:
        await running.ready()
        yield mongod.url(port)
    finally:
        await running.stop()


def without_password(url: str) -> str:
    return f"mongodb://{url.partition('@')[2]}"


async def assert_refused(url: str, reason: str) -> None:
    """Try to read without the password."""
    async with connected(url, timeout_ms=1_000) as client:
        for command in ({"listDatabases": 1}, {"createUser": "me", "pwd": "me", "roles": ["root"]}):
            with pytest.raises(PyMongoError, match=reason):
                await client.admin.command(command)


async def test_a_new_mongod_accepts_only_its_password(tmp_path: Path) -> None:
    async with guarded(tmp_path) as url:
        async with connected(url) as client:
            await client.site.events.insert_one({"_id": 1})
        await assert_refused(without_password(url), NO_PASSWORD)
        await assert_refused(url.replace("@", "x@"), WRONG_PASSWORD)
    files = [tmp_path / "mongod" / name for name in (PASSWORD_FILE, KEY_FILE)]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    async with guarded(tmp_path) as again, connected(again) as client:
        assert again == url
        assert await client.site.events.count_documents({}) == 1


async def test_files_without_a_password_get_one(tmp_path: Path) -> None:
    async with open_to_all(tmp_path) as url, connected(url) as client:
        await client.site.events.insert_one({"_id": 1})
    async with guarded(tmp_path) as url:
        async with connected(url) as client:
            assert await client.site.events.count_documents({}) == 1
        await assert_refused(without_password(url), NO_PASSWORD)


async def test_a_lost_password_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    async with guarded(tmp_path) as before:
        pass
    for name in (PASSWORD_FILE, KEY_FILE):
        (tmp_path / "mongod" / name).unlink()
    async with guarded(tmp_path) as url:
        assert url != before
        async with connected(url) as client:
            assert await client.site.events.count_documents({}) == 0
        await assert_refused(before, WRONG_PASSWORD)


def test_secrets_that_others_could_read_are_closed_and_empty_ones_filled(tmp_path: Path) -> None:
    (tmp_path / PASSWORD_FILE).write_text("kept\n")
    (tmp_path / KEY_FILE).touch()
    for name in (PASSWORD_FILE, KEY_FILE):
        (tmp_path / name).chmod(0o644)
    found = access(tmp_path)
    assert found.password == "kept"
    assert (tmp_path / KEY_FILE).read_text() == found.key
    assert access(tmp_path) == found
    assert "kept" not in repr(found)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
