"""The end of a process on a signal."""

import resource
import signal
import subprocess
import sys

import pytest

WAITS = """
import asyncio, signal, sys
from shared.process.lifecycle import run
if len(sys.argv) > 1:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
async def main():
    try:
        print("waits", flush=True)
        await asyncio.sleep(60)
    finally:
        print("ended in order", flush=True)
run(main)
"""


FILES = """
import resource
from shared.process.lifecycle import run
async def main():
    print(*resource.getrlimit(resource.RLIMIT_NOFILE))
run(main)
"""


def test_it_may_open_as_many_files_as_the_system_allows() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, {most}))\n"
    output = subprocess.run([sys.executable, "-c", few + FILES], capture_output=True, text=True, check=True).stdout
    assert output.split() == [str(most), str(most)]


def started(*words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", WAITS, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "waits\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with started() as process:
        process.send_signal(number)
        assert process.communicate(timeout=10)[0] == "ended in order\n"
    assert process.returncode == 0


def test_under_nohup_it_continues_when_its_terminal_is_closed() -> None:
    with started("nohup") as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=10)[0] == "ended in order\n"
    assert process.returncode == 0
