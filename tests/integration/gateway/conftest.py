"""One gateway process for all tests of this folder, before views, users and a directory that the tests put there."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.gateway.running import Platform, platform_on
from tests.support.engines import Engines


@pytest.fixture(scope="package")
async def platform(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway with the users of `USERS` and the directory of two agencies and a park."""
    async with platform_on(engines, tmp_path_factory.mktemp("gateway")) as running:
        yield running
