from typing import Any

import pytest

from services.cli.republish import reason


def beat(name: str, failure: str | None = None) -> dict[str, Any]:
    return {"_id": name, "service": name.partition("-")[0], "relayFailure": failure}


@pytest.mark.parametrize(
    ("heartbeats", "sentence"),
    [
        ([], "The refill stands still because no command service runs; start one, and it goes on."),
        ([beat("gateway")], "The refill stands still because no command service runs; start one, and it goes on."),
        ([beat("command-1"), beat("command-2", "Kafka is away.")], "The refill stands still: Kafka is away."),
        ([beat("command-1")], "The refill stands still, and no command service says why; look into their logs."),
    ],
)
def test_a_refill_that_stands_still_has_a_reason(heartbeats: list[dict[str, Any]], sentence: str) -> None:
    assert reason(heartbeats) == sentence
