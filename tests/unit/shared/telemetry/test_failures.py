"""Descriptions of failures in logs: they name kind, reason and place, and contain nothing that users wrote."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.directory.entries import ENTRY
from shared.mongo import BulkWriteError, PyMongoError
from shared.process.settings import EngineSettings
from shared.telemetry.failures import FRAMES, PROBLEMS, describe, facts_of
from tests.support.clients.http import answering, free_port, request
from tests.support.data.directory import NORTH
from tests.support.data.marks import MARK
from tests.support.processes.failing import fail
from tests.support.processes.logs import has_failure
from tests.support.processes.services import program

NOWHERE = EngineSettings(kafka="127.0.0.1:1", mongo="mongodb://127.0.0.1:1")
WRONG_AGENCY = "uid: string_pattern_mismatch; label: string_type"
REASON = "age: int_parsing; names: int_parsing"


class Numbers(BaseModel):
    numbers: list[int]


def failure_of(text: str) -> ValidationError:
    with pytest.raises(ValidationError) as failed:
        ENTRY.validate_json(text)
    return failed.value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{{"kind": "agency", "uid": "{MARK}", "label": 1, "accountUid": "{NORTH}"}}', WRONG_AGENCY),
        (f'{{"kind": "{MARK}"}}', "the value: union_tag_invalid"),
        (f"{MARK}", "the value: json_invalid"),
    ],
)
def test_a_wrong_value_is_described_by_fields_and_error_types(text: str, reason: str) -> None:
    assert describe(failure_of(text)) == reason


def test_only_the_first_of_many_problems_are_described() -> None:
    with pytest.raises(ValidationError) as failed:
        Numbers.model_validate({"numbers": [MARK] * (PROBLEMS + 7)})
    said = describe(failed.value).split("; ")
    assert said == [*(f"numbers.{number}: int_parsing" for number in range(PROBLEMS)), "7 more"]


def test_a_refused_write_is_described_without_its_document() -> None:
    refused = {"writeErrors": [{"errmsg": "it is full", "code": 14031, "op": {"text": MARK}}]}
    assert describe(BulkWriteError(refused)) == "it is full (code 14031)"
    assert describe(PyMongoError("no primary")) == "no primary"
    twice = {
        "code": 11000,
        "errmsg": f'E11000 duplicate key error collection: t.users index: login dup key: {{ login: "{MARK}" }}',
    }
    refused = {"writeErrors": [twice]}
    assert (
        describe(BulkWriteError(refused)) == "E11000 duplicate key error collection: t.users index: login (code 11000)"
    )


def test_an_endless_recursion_is_described_by_its_innermost_frames() -> None:
    def descend() -> None:
        descend()

    with pytest.raises(RecursionError) as failed:
        descend()
    facts = facts_of(failed.value)
    assert (facts["kind"], len(facts["where"])) == ("RecursionError", FRAMES)


async def test_no_failure_of_a_service_quotes_what_a_user_wrote(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=MARK):
        fail()
    log, port = tmp_path / "log", free_port()
    url = f"http://127.0.0.1:{port}"
    async with program("tests.support.processes.failing", NOWHERE, log, name="failing", port=port) as process:
        await answering(url, process, log)
        for path in ("entry", "number", "shortcut", "framework"):
            assert (await request("GET", f"{url}/{path}")).status == 500
        for path in ("beside", "end"):
            assert (await request("GET", f"{url}/{path}")).status == 200
        assert await process.wait() == 1
    text = log.read_text()
    assert MARK not in text
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    own = [line for line in lines if "logger" not in line]
    assert [line["event"] for line in own] == [
        *(["request_failed"] * 4),
        *("unhandled_failure", "unhandled_failure", "process_failed"),
    ]
    assert [line["reason"] for line in own[:2]] == ["KeyError", "ValueError"]
    for line in own[2:]:
        assert (line["kind"], line["reason"]) == ("ValidationError", REASON)
        assert any(frame.startswith("failing.py:") for frame in line["where"])
    others = {line["logger"]: line for line in lines if "logger" in line}
    assert others.keys() == {"uvicorn.error", "faust.app.base"}
    assert all(line["exception"]["kind"] == "ValidationError" for line in others.values())
    assert has_failure(text)
