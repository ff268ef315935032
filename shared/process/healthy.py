"""The health check of a container: `python -m shared.process.healthy` exits with 0 if the service is ready.

Otherwise it prints the reason and exits with 1. It runs every few seconds, so it imports only the standard library.
"""

import json
import os
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from shared.process.variable_names import variable

MONITORING_PORT = variable("monitoring_port")
ANSWERED_WITHIN = 4.0
LARGEST_PORT = 65_535
LONGEST_ANSWER = 65_536
"""Bytes of the answer that are read."""
DIRECTLY = build_opener(ProxyHandler({}))
"""Opens URLs without the proxy that a container's environment may name."""


def main() -> int:
    """Ask the service, and return the exit status."""
    port = os.environ.get(MONITORING_PORT, "")
    if not port.isdecimal() or int(port) > LARGEST_PORT:
        print(f"{MONITORING_PORT} names no port to ask.")
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
            print(f"Another program answers at port {port}; give each port to one process.")
    return 1


def _answer_at(port: int) -> bytes:
    """Return the body of the answer with any status. Raises `OSError` or `HTTPException`."""
    try:
        answer = DIRECTLY.open(f"http://127.0.0.1:{port}/readyz", timeout=ANSWERED_WITHIN)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        body: bytes = answer.read(LONGEST_ANSWER)
        return body


if __name__ == "__main__":
    sys.exit(main())
