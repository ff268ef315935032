"""The commands that the API's description shows, sent in their order, with the demonstration's directory."""

import json
from importlib.resources import files

from services.cli.imports.directory import import_directory
from services.gateway.openapi.openapi_document import document
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.integration.command.command_platform import Client, bodies, logged_in, served_here

PATHS = document()["paths"]
OPEN, INCREMENT = PATHS["/api/vEvent/tickets"]["post"], PATHS["/api/vEvent/tickets/{ticket_uid}"]["patch"]


async def test_each_is_accepted(settings: EngineSettings, db: Database) -> None:
    await import_directory(settings, (files("services.cli.demo") / "directory.json").read_bytes())
    (opening,), increments = (
        [example["value"] for example in operation["requestBody"]["content"]["application/json"]["examples"].values()]
        for operation in (OPEN, INCREMENT)
    )
    [ticket] = [parameter["example"] for parameter in INCREMENT["parameters"]]
    async with served_here(settings, db) as url:
        client = Client((url,), await logged_in(db, ["all"]))
        answers = [await client.send(opening), *[await client.send(sent, ticket) for sent in increments]]
    assert [(answer.status, answer.body) for answer in answers if answer.status not in (200, 201)] == []
    assert len(await bodies(db, ticket)) == len(answers)
    for operation, status, answer in ((OPEN, "201", answers[0]), (INCREMENT, "200", answers[1])):
        [shown] = operation["responses"][status]["content"]["application/json"]["example"]["events"]
        [event] = json.loads(answer.body)["events"]
        assert event | {"sentDate": shown["sentDate"]} == shown
