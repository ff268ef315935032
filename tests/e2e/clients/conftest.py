"""The tools that read the descriptions, installed as their lock files say. They come from the public registries."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.processes.programs import run

HERE = Path(__file__).parent
TOP = HERE.parents[2]
INSTALLED_WITHIN = 300


@pytest.fixture(scope="session")
async def node_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of `package-lock.json`; skips without Node."""
    npm = shutil.which("npm")
    if not (npm and shutil.which("node")):
        pytest.skip("there is no node and npm")
    folder = tmp_path_factory.mktemp("node")
    for name in (".npmrc", "package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    await run(npm, "ci", folder=folder, seconds=INSTALLED_WITHIN)
    return folder


@pytest.fixture(scope="session")
async def python_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder `bin` of an environment with the packages of `deploy/requirements/clients.txt`."""
    folder = tmp_path_factory.mktemp("python")
    environment = folder / "venv"
    uv = Path(sys.executable).with_name("uv")
    await run(uv, "venv", "--quiet", "--python", sys.executable, environment, folder=folder)
    pins = TOP / "deploy" / "requirements" / "clients.txt"
    exactly = ("--require-hashes", "--only-binary", ":all:", "--python", environment)
    await run(uv, "pip", "sync", "--quiet", *exactly, pins, folder=folder, seconds=INSTALLED_WITHIN)
    return environment / "bin"
