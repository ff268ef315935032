"""The API description: anyone may read it, and a browser gets the whole page from the gateway."""

import json
import re

import pytest

from services.gateway.endpoints.api_docs import FILES
from services.gateway.openapi.openapi_document import document
from tests.integration.gateway.gateway_platform import Platform
from tests.integration.gateway.reading_slowly import gateway_process, opened_request
from tests.support.clients.http import Answer

PAGE, ASSETS = "/api/docs", "/api/docs/assets"


async def read(platform: Platform, target: str, **sent: str) -> Answer:
    """Send a request without a session."""
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    return await platform.ask(target, None, headers={"Accept-Encoding": "identity"} | headers)


async def test_the_document_is_served_without_login(platform: Platform) -> None:
    answer = await read(platform, "/api/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.body) == json.loads(json.dumps(document()))


async def test_the_page_loads_only_files_of_the_gateway(platform: Platform) -> None:
    page = await read(platform, PAGE)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert {f"{ASSETS}/{name}" for name in FILES} == set(linked) - {"/api/openapi.json"}
    for target in linked:
        assert (await read(platform, target)).status == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert re.findall(r"https?:", policy) == []


async def test_the_page_has_no_script_or_style_in_itself(platform: Platform) -> None:
    page = (await read(platform, PAGE)).body.decode()
    assert re.findall(r"<script>|<style|\son\w+=", page) == []


async def test_a_file_that_a_browser_has_is_not_sent_again(platform: Platform) -> None:
    target = f"{ASSETS}/swagger-ui.css"
    first = await read(platform, target)
    assert first.headers["Cache-Control"] == "no-cache"
    again = await read(platform, target, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


async def test_a_file_that_a_browser_has_compressed_is_not_sent_again(platform: Platform) -> None:
    target = f"{ASSETS}/swagger-ui.css"
    plain, packed = await read(platform, target), await read(platform, target, Accept_Encoding="gzip")
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    has_packed = packed.headers["ETag"]
    for has, status in ((has_packed, 304), (f'"x", W/{has_packed}', 304), ("*", 304), (" * ", 304), ('"x"', 200)):
        again = await read(platform, target, Accept_Encoding="gzip", If_None_Match=has)
        assert again.status == status


async def test_large_files_are_compressed_once(platform: Platform) -> None:
    """Compressing the largest file took 31 ms of the gateway's time per request."""
    process, target = gateway_process(platform), f"{ASSETS}/swagger-ui-bundle.js"
    before = process.cpu_times()
    for _ in range(100):
        async with opened_request(platform, target, "Accept-Encoding: gzip") as reader:
            await reader.readuntil(b"\r\n\r\n")
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 1.5


@pytest.mark.parametrize("target", ["/api/openapi.json", f"{ASSETS}/swagger-ui-bundle.js"])
async def test_what_is_large_is_compressed(platform: Platform, target: str) -> None:
    plain = await read(platform, target)
    packed = await read(platform, target, Accept_Encoding="gzip")  # the client decompresses it
    assert (packed.headers["Content-Encoding"], packed.body) == ("gzip", plain.body)


async def test_a_slash_at_the_end_leads_to_the_page(platform: Platform) -> None:
    answer = await read(platform, f"{PAGE}/")
    assert (answer.status, answer.headers["Location"]) == (308, PAGE)


@pytest.mark.parametrize(
    "name",
    ["", "docs.html", "oauth2-redirect.html", "swagger-ui.js", "%2e%2e%2fapp.py", "..%2fflask_swagger_ui.py", "a%00"],
)
async def test_no_other_file_is_shown(platform: Platform, name: str) -> None:
    answer = await read(platform, f"{ASSETS}/{name}")
    assert (answer.status, json.loads(answer.body)["errorType"]) == (404, "NotFound")


async def test_only_reading_is_possible(platform: Platform) -> None:
    for target in (PAGE, "/api/openapi.json", f"{ASSETS}/docs.js"):
        answer = await platform.ask(target, None, "POST")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    head = await platform.ask(PAGE, None, "HEAD")
    assert (head.status, head.body) == (200, b"")
