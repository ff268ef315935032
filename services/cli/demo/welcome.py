"""The message of `up --demo`: the logins, and the first requests to send."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import orjson

from services.cli.demo.client import LOGIN, TICKETS
from services.cli.demo.setup import Account


def welcome(url: str, accounts: Sequence[Account], certificate: Path | None) -> str:
    """Return the message for the platform at `url`; curl needs `certificate` to trust it, unless it is None."""
    width = max(len(account.login) for account in accounts)
    curl = f"curl --cacert {shlex.quote(str(certificate))}" if certificate else "curl"
    operator = accounts[0]
    credentials = orjson.dumps({"login": operator.login, "password": operator.password}).decode()
    return "\n".join(
        [
            "Users, with new passwords:",
            *(f"  {account.login:<{width}}  {account.password}  ({account.role})" for account in accounts),
            "Log in, then list the tickets:",
            f"  {curl} -c session.txt -H 'Content-Type: application/json' -d '{credentials}' {url}{LOGIN}",
            f"  {curl} -b session.txt {url}{TICKETS}",
            f"Or open the console in a browser: {url}/",
            f"The API is described at {url}/api/docs",
        ]
    )
