"""`ticketstream up` with a certificate: HTTPS alone, and cookies that travel over nothing else."""

import asyncio
import json
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.faults.test_up import USER, running_in
from tests.support.command_line import ended, started


async def test_with_a_certificate_the_gateway_speaks_https_and_its_cookies_are_secure(tmp_path: Path) -> None:
    certificate, key, users = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "users.json"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(certificate))
    making = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, *files
    )
    assert await making.wait() == 0
    users.write_text(json.dumps([USER]))
    folder = tmp_path / "data"
    async with running_in(folder, "--tls-cert", str(certificate), "--tls-key", str(key)) as (process, url):
        assert url.startswith("https://127.0.0.1:")
        async with started("users", "import", str(users), "--data", str(folder)) as importing:
            assert (await ended(importing)).code == 0
        credentials = {name: USER[name] for name in ("login", "password")}
        limit = aiohttp.ClientTimeout(10)
        async with aiohttp.ClientSession(timeout=limit) as client:
            async with client.post(f"{url}/api/v1/login", json=credentials, ssl=False) as answer:
                assert answer.status == 200
                assert answer.headers["Set-Cookie"].endswith("; Secure")
            plain = f"http{url.removeprefix('https')}/api/v1/tickets"
            with pytest.raises(aiohttp.ClientError):
                await client.get(plain)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0
