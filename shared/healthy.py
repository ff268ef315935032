"""`python -m shared.healthy`: exit with 0 if the service of this environment is ready, else say why and exit with 1.

For health checks that run inside a container, every few seconds: the standard library alone, so that it costs little.
"""

import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ANSWERED_WITHIN = 4.0


def main() -> int:
    """Ask the service; returns the exit status."""
    port = os.environ.get("TICKETSTREAM_MONITORING_PORT", "")
    if not port.isdecimal():
        print("TICKETSTREAM_MONITORING_PORT names no port to ask.")
        return 1
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=ANSWERED_WITHIN):
            return 0
    except HTTPError as refusal:
        problems = json.load(refusal)["problems"]
        print("; ".join(f"{part}: {problem}" for part, problem in problems.items()))
    except (URLError, TimeoutError) as silence:
        print(f"No service answers at port {port} ({silence}).")
    return 1


if __name__ == "__main__":
    sys.exit(main())
