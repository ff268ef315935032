"""Files of a folder: their types, and that no other file is sent."""

import mimetypes
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.gateway.answers.static_files import kept_files


def asked(name: str) -> Request:
    return Request({"type": "http", "method": "GET", "headers": [], "path_params": {"name": name}})


async def test_a_file_has_the_same_type_on_every_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda _: ("application/wrong", None))
    files = [tmp_path / name for name in ("a.css", "a.js", "a.png", "a.svg")]
    for file in files:
        file.write_text(file.name)
    send = kept_files(files, {"X-Own": "y"})
    answers = [await send(asked(file.name)) for file in files]
    assert [answer.body for answer in answers] == [b"a.css", b"a.js", b"a.png", b"a.svg"]
    types = [answer.headers["Content-Type"].partition(";")[0] for answer in answers]
    assert types == ["text/css", "text/javascript", "image/png", "image/svg+xml"]
    assert {(answer.headers["Cache-Control"], answer.headers["X-Own"]) for answer in answers} == {("no-cache", "y")}


@pytest.mark.parametrize("name", ["b.css", "../a.css", "", "secret"])
async def test_only_the_named_files_are_sent(tmp_path: Path, name: str) -> None:
    for file in ("a.css", "secret"):
        (tmp_path / file).write_text(file)
    with pytest.raises(HTTPException) as refused:
        await kept_files([tmp_path / "a.css"], {})(asked(name))
    assert refused.value.status_code == 404
