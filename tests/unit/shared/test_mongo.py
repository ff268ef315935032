"""Options of MongoDB clients."""

from typing import Any

import pytest

from shared.mongo import CONNECTIONS, connected

HOST = "mongodb://127.0.0.1:1/"


async def test_by_default_every_wait_has_a_timeout_and_writes_are_retried() -> None:
    async with connected(HOST, timeout_ms=700) as client:
        options: Any = client.options
        assert options.server_selection_timeout == 0.7
        assert options.pool_options.socket_timeout == 0.7
        assert options.pool_options.connect_timeout == 0.7
        assert options.pool_options.wait_queue_timeout == 0.7
        assert options.pool_options.max_pool_size == CONNECTIONS
        assert options.retry_writes


@pytest.mark.parametrize("separator", ["&", ";"])
async def test_an_option_of_the_url_takes_precedence(separator: str) -> None:
    wanted = ("retrywrites=false", "serverSelectionTimeoutMS=90", "socketTimeoutMS=80", "maxPoolSize=3")
    async with connected(f"{HOST}?{separator.join(wanted)}", timeout_ms=700) as client:
        options: Any = client.options
        assert not options.retry_writes
        assert options.server_selection_timeout == 0.09
        assert options.pool_options.socket_timeout == 0.08
        assert options.pool_options.max_pool_size == 3
        assert options.pool_options.connect_timeout == 0.7
