from typing import Any

import pytest

from services.cli.republish import reason


def beat(name: str, failure: str | None = None) -> dict[str, Any]:
    return {"_id": name, "service": name.partition("-")[0], "relayFailure": failure}


@pytest.mark.parametrize(
    ("heartbeats", "sentence"),
    [
        ([], "The refill makes no progress because no command service runs; start one to continue it."),
        ([beat("gateway")], "The refill makes no progress because no command service runs; start one to continue it."),
        ([beat("command-1"), beat("command-2", "Kafka is away.")], "The refill makes no progress: Kafka is away."),
        ([beat("command-1")], "The refill makes no progress, and no command service reports why; read their logs."),
    ],
)
def test_a_refill_without_progress_has_a_reason(heartbeats: list[dict[str, Any]], sentence: str) -> None:
    assert reason(heartbeats) == sentence
