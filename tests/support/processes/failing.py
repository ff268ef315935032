"""A service whose failures quote a person's text: `python -m tests.support.processes.failing`."""

import asyncio
from typing import Any

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.projector.app import projector_app
from shared.http.answers import ERROR_ANSWERS
from shared.http.asgi import Exchange, Shortcuts
from shared.http.server import serve
from shared.process.lifecycle import read_settings, run_service
from shared.process.settings import ServiceSettings
from shared.telemetry import configure_logging
from tests.support.data.marks import MARK


class _Person(BaseModel):
    age: int
    names: dict[str, int] = {}


def fail(text: str = MARK) -> None:
    """Fail: validate a person whose age is a text, and with a text as a key."""
    _Person.model_validate({"age": text, "names": {text: text}})


async def _fail() -> None:
    fail()


async def _fail_in_the_framework(_request: Request) -> Response:
    fail()
    return Response()


async def _fail_before_the_framework(_scope: Any, _receive: Any, _send: Any) -> None:
    fail()


async def _look_up(_scope: Any, _receive: Any, _send: Any) -> None:
    {"": ""}[MARK]


async def _count(_scope: Any, _receive: Any, _send: Any) -> None:
    int(MARK)


async def main() -> None:
    """Answer requests that fail, or make something else fail; ends with a failure when asked to."""
    settings = read_settings(ServiceSettings)
    configure_logging(settings.name)
    asked_to_end = asyncio.Event()

    async def fail_beside(scope: Any, receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        loop.create_task(_fail())  # noqa: RUF006 - nobody waits for it
        loop.call_soon(fail, MARK)
        projector = projector_app(settings, _fail)
        await projector.start()
        await projector.wait_until_stopped()
        await projector.stop()
        await Exchange(scope, receive, send).answer(200)

    async def end(scope: Any, receive: Any, send: Any) -> None:
        await Exchange(scope, receive, send).answer(200)
        asked_to_end.set()

    async def fail_in_the_end() -> None:
        await asked_to_end.wait()
        fail()

    framework = Starlette(routes=[Route("/framework", _fail_in_the_framework)], exception_handlers=dict(ERROR_ANSWERS))
    endpoints = {
        ("GET", "/shortcut"): _fail_before_the_framework,
        ("GET", "/entry"): _look_up,
        ("GET", "/number"): _count,
        ("GET", "/beside"): fail_beside,
        ("GET", "/end"): end,
    }
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(Shortcuts(framework, whole=endpoints, below={}), settings.host, settings.port))
        group.create_task(fail_in_the_end())


if __name__ == "__main__":
    run_service(main)
