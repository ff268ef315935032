"""Settings from variables and files. A wrong value is refused with one sentence that does not quote it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shared.process.lifecycle import read_settings
from shared.process.settings import SETTINGS, GatewaySettings, ServiceSettings, from_file
from shared.process.variable_names import variable
from tests.support.processes.certificates import self_signed

GIVEN = {
    "TICKETSTREAM_KAFKA": "kafka:9092",
    "TICKETSTREAM_MONGO": "mongodb://mongo/?replicaSet=ticketstream",
    "TICKETSTREAM_COMMAND_URLS": "http://command:8001, http://command-2:8001/",
}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TICKETSTREAM_SECRETS_DIR", str(tmp_path))
    return tmp_path


def refusal_of(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ending:
        read_settings(GatewaySettings)
    return str(ending.value)


def test_every_setting_says_what_it_is_for() -> None:
    for model in SETTINGS.values():
        for name, field in model.model_fields.items():
            assert field.description, name


def test_a_file_gives_a_setting_without_a_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ticketstream_mongo").write_text("mongodb://someone:secret@mongo\n")
    (folder / "ticketstream_database").write_text("site\n")
    assert read_settings(ServiceSettings).mongo == GIVEN["TICKETSTREAM_MONGO"]
    monkeypatch.setenv("TICKETSTREAM_MONGO", "")
    settings = read_settings(ServiceSettings)
    assert (settings.mongo, settings.database) == ("mongodb://someone:secret@mongo", "site")
    assert (from_file("mongo"), from_file("kafka")) == (settings.mongo, None)


def test_without_a_folder_of_files_the_variables_are_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETSTREAM_SECRETS_DIR", str(folder / "nowhere"))
    assert read_settings(ServiceSettings).kafka == "kafka:9092"
    assert from_file("mongo") is None


def test_several_command_services_are_split_at_commas() -> None:
    assert read_settings(GatewaySettings).command_urls == ("http://command:8001", "http://command-2:8001/")


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(GatewaySettings).trusted_proxies == ()
    monkeypatch.setenv("TICKETSTREAM_TRUSTED_PROXIES", "10.1.0.0/16, 127.0.0.1,fd00::/8")
    trusted = read_settings(GatewaySettings).trusted_proxies
    assert [str(proxy) for proxy in trusted] == ["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("kafka", "kafka", "give HOST:PORT"),
        ("kafka", "kafka:9092,other", "give HOST:PORT"),
        ("mongo", "mongo:27017", "begins with mongodb://"),
        ("kafka", "kafka:999999", "give HOST:PORT"),
        ("mongo", "mongodb://", "cannot be read"),
        ("mongo", "mongodb://u:p@ss:w@mongo/", "a % code for each special letter"),
        ("mongo", "mongodb://mongo/?tls=maybe", "cannot be read"),
        ("command_urls", "http://command:port", "begins with http://"),
        ("port", "70000", "less than or equal to 65535"),
        ("monitoring_port", "many", "valid integer"),
        ("command_urls", "command:8001", "begins with http://"),
        ("command_urls", " , ", "at least 1 item"),
        ("tls_cert", "/nowhere/cert.pem", "does not point to a file"),
        ("trusted_proxies", "10.0.0.0/8, edge", "not a valid IPv4 or IPv6 network"),
    ],
)
def test_a_wrong_value_ends_the_start_with_one_sentence(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal_of(variable(name), value, monkeypatch)
    assert said.startswith(f"Wrong settings: {variable(name)}: ")
    assert reason in said
    assert "\n" not in said


def test_a_missing_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "TICKETSTREAM_MONGO: field required" in refusal_of("TICKETSTREAM_MONGO", "", monkeypatch)


def test_a_refusal_does_not_quote_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "pass word" not in refusal_of("TICKETSTREAM_MONGO", "mongo://someone:pass word@mongo", monkeypatch)


def test_a_file_that_is_not_text_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ticketstream_database").write_bytes(b"\xff")
    assert "not text in UTF-8" in refusal_of("TICKETSTREAM_DATABASE", "", monkeypatch)


SERVICE_UID = 10001
SERVICE = f"""
import os
from shared.process.lifecycle import read_settings
from shared.process.settings import ServiceSettings
os.seteuid({SERVICE_UID})
read_settings(ServiceSettings)
"""
COMMAND_LINE = f"""
import os
import shared.process.settings
from services.cli.main import app, subcommand
subcommand("status")  # imported before, because the other user may not read the libraries
os.seteuid({SERVICE_UID})
app(["status", "--kafka", "127.0.0.1:1"])
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user can list, like the one where secrets are mounted."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def said_to_another_user(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    assert process.returncode
    return said.decode()


def checkout_is_closed_to_others() -> bool:
    """Return whether other users cannot read the project's code, for instance in a clone below `mktemp -d`."""
    return any(not folder.stat().st_mode & 0o001 for folder in Path(__file__).parents)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the user that may not read the file")
@pytest.mark.skipif(checkout_is_closed_to_others(), reason="the other user cannot read the code in this folder")
@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o400), (0o700, 0o444)])
async def test_a_file_that_only_another_user_can_read_is_named_with_the_remedy(
    open_folder: Path, folder_mode: int, file_mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETSTREAM_SECRETS_DIR", str(open_folder))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("TICKETSTREAM_MONGO")
    file = open_folder / "ticketstream_mongo"
    file.write_text("mongodb://someone:secret@mongo\n")
    file.chmod(file_mode)
    open_folder.chmod(folder_mode)
    reason = f"cannot be read (Permission denied): make it readable for uid {SERVICE_UID}, which runs this"
    unreadable = file if folder_mode == 0o755 else open_folder
    assert await said_to_another_user("-c", SERVICE) == (
        f"Wrong settings: {unreadable} {reason}; `ticketstream settings` lists them all.\n"
    )
    assert f"{file} {reason}." in await said_to_another_user("-c", COMMAND_LINE)


def test_half_a_certificate_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = folder / "cert.pem"
    certificate.write_text("a certificate")
    assert "give both TICKETSTREAM_TLS_CERT" in refusal_of("TICKETSTREAM_TLS_CERT", str(certificate), monkeypatch)


async def test_a_certificate_is_checked_with_its_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = await self_signed(folder)
    monkeypatch.setenv("TICKETSTREAM_TLS_KEY", str(key))
    monkeypatch.setenv("TICKETSTREAM_TLS_CERT", str(certificate))
    assert read_settings(GatewaySettings).tls_cert == certificate
    said = refusal_of("TICKETSTREAM_TLS_CERT", str(key), monkeypatch)
    assert "TICKETSTREAM_TLS_CERT and TICKETSTREAM_TLS_KEY cannot be used together (" in said
    assert "\n" not in said
