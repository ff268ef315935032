"""`python -m shared.healthy`: exit with 0 if the service of this environment is ready, else say why and exit with 1.

For health checks that run inside a container, every few seconds: the standard library alone, so that it costs little.
"""

import json
import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

ANSWERED_WITHIN = 4.0
LARGEST_PORT = 65_535
LONGEST = 65_536
"""Bytes of an answer that are read."""
DIRECTLY = build_opener(ProxyHandler({}))
"""Asks without the proxy that containers may be told of."""


def main() -> int:
    """Ask the service; returns the exit status."""
    port = os.environ.get("TICKETSTREAM_MONITORING_PORT", "")
    if not port.isdecimal() or int(port) > LARGEST_PORT:
        print("TICKETSTREAM_MONITORING_PORT names no port to ask.")
        return 1
    try:
        answer = json.loads(_answer_at(int(port)))
    except (OSError, HTTPException) as silence:
        print(f"No service answers at port {port} ({type(silence).__name__}: {str(silence).strip()}).")
        return 1
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"ok": True}:
            return 0
        case {"ok": False, "problems": dict(problems)}:
            print("; ".join(f"{part}: {problem}" for part, problem in problems.items()))
        case _:
            print(f"Something else than a service answers at port {port}; give each port to one process.")
    return 1


def _answer_at(port: int) -> bytes:
    """Give the body of the answer, whatever its status; raises `OSError` or `HTTPException`."""
    try:
        answer = DIRECTLY.open(f"http://127.0.0.1:{port}/readyz", timeout=ANSWERED_WITHIN)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        body: bytes = answer.read(LONGEST)
        return body


if __name__ == "__main__":
    sys.exit(main())
