"""`ticketstream up` with a certificate: HTTPS only, and secure cookies."""

import signal
from pathlib import Path

import aiohttp
import pytest

from shared.process.settings import EngineSettings
from tests.support.processes.certificates import self_signed
from tests.support.processes.command_line import ended
from tests.support.processes.running_stack import CREDENTIALS, options_for, running_in, with_a_user_and_an_agency


async def test_with_a_certificate_the_gateway_speaks_https_and_its_cookies_are_secure(
    tmp_path: Path, settings: EngineSettings
) -> None:
    certificate, key = await self_signed(tmp_path)
    options, environment = options_for(settings)
    tls = ("--tls-cert", str(certificate), "--tls-key", str(key))
    folder = tmp_path / "data"
    async with running_in(folder, *options, *tls, environment=environment) as (process, url):
        assert url.startswith("https://127.0.0.1:")
        await with_a_user_and_an_agency(folder)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as client:
            async with client.post(f"{url}/api/v1/login", json=CREDENTIALS, ssl=False) as answer:
                assert answer.status == 200
                assert answer.headers["Set-Cookie"].endswith("; Secure")
            plain = f"http{url.removeprefix('https')}/api/v1/tickets"
            with pytest.raises(aiohttp.ClientError):
                await client.get(plain)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0
