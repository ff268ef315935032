"""Gateways for all tests of this folder: one whose views the tests provide, and one for the console's pages."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.gateway.console_platform import console_on
from tests.integration.gateway.gateway_platform import Platform, platform_on
from tests.support.engines.chosen_engines import Engines


@pytest.fixture(scope="package")
async def platform(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway with the users of `USERS` and a directory of two agencies and a park."""
    async with platform_on(engines, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="package")
async def console(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway whose console has tickets to show."""
    async with console_on(engines, tmp_path_factory.mktemp("console")) as running:
        yield running
