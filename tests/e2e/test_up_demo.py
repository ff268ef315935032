"""`ticketstream up --demo`: a platform that its user can try at once."""

import json
import re
import shlex
import signal
from pathlib import Path

import aiohttp

from tests.support.processes.command_line import ended, line_with, started
from tests.support.processes.processes_in_folder import working_in


async def test_it_prints_the_logins_before_it_is_ready(tmp_path: Path) -> None:
    async with started("up", "--demo", "--data", str(tmp_path)) as process:
        ready = await line_with(process.stdout, "ready ")
        url = ready.split()[1]
        await line_with(process.stderr, "Users, with passwords for this run:")
        assert process.stderr
        operator, reader = [(await process.stderr.readline()).decode() for _ in range(2)]
        await line_with(process.stderr, "Log in, then list the tickets:")
        login, listing = [shlex.split((await process.stderr.readline()).decode()) for _ in range(2)]
        page = (await process.stderr.readline()).decode().split()[-1]
        assert re.fullmatch(r"  demo +[\w-]{12}  \(operator\)\n", operator)
        assert re.fullmatch(r"  demo-reader +[\w-]{12}  \(reader\)\n", reader)
        assert login == [
            *("curl", "-c", "session.txt", "-H", "Content-Type: application/json", "-d"),
            json.dumps({"login": "demo", "password": operator.split()[1]}, separators=(",", ":")),
            f"{url}/api/v1/login",
        ]
        assert listing == ["curl", "-b", "session.txt", f"{url}/api/v1/tickets"]
        assert page == f"{url}/api/docs"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Content-Type": "application/json"}) as client:
            async with client.post(login[-1], data=login[-2]) as answer:
                assert answer.status == 200
            async with client.get(page) as answer:
                assert answer.status == 200
            async with client.get(listing[-1]) as answer:
                assert (answer.status, await answer.json()) == (200, {"result": []})
        process.send_signal(signal.SIGINT)
        outcome = await ended(process)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "stopping …\n")
    assert working_in(tmp_path) == {}
