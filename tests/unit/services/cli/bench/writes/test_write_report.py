import pytest

from services.cli.bench.bench_stack import COMMAND, GATEWAY
from services.cli.bench.writes.command_rate import BARE, PLAIN, Figures
from services.cli.bench.writes.write_report import rates, ratios
from tests.support.expected.tables import printed, verdict

DELAYS = [0.002, 0.003, 0.004]


def figures(rate: float) -> Figures:
    return Figures(rate=rate, p50=0.012, p99=0.0345, cpu={"load": 0.25, "command": 0.987})


def measured(*, bare: float = 8_000, plain: float = 800, command: float = 4_000) -> dict[str, Figures]:
    servers = {BARE: bare, PLAIN: plain, COMMAND: command, GATEWAY: command / 2}
    return {server: figures(rate) for server, rate in servers.items()}


def test_each_server_has_a_line_with_its_rate_times_and_shares_of_a_core() -> None:
    *_, line, _ = printed(rates({64: measured()}))
    assert line == ["64", "one command service", "4,000", "12.0", "34.5", "load 25, command 99"]


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({}, None),
        ({"bare": 9_000.0}, "command service / bare, 64"),
        ({"plain": 900.0}, "command service / plain, 64"),
    ],
)
def test_a_ratio_is_compared_with_its_target(changed: dict[str, float], missed: str | None) -> None:
    rows = printed(ratios({64: measured(**changed)}, DELAYS, relayed=12_000))
    for what in ("command service / bare, 64", "command service / plain, 64", "relay", "answer to topic, p50"):
        assert verdict(rows, what) == ("missed" if what == missed else "reached"), what


def test_relay_and_time_to_the_topic_have_their_own_targets() -> None:
    rows = printed(ratios({64: measured(), 256: measured(command=4_100)}, [0.006] * 3, relayed=12_000))
    assert verdict(rows, "relay") == "missed"
    assert verdict(rows, "answer to topic, p50") == "missed"


def test_other_numbers_of_connections_have_ratios_without_a_target() -> None:
    rows = printed(ratios({4: measured()}, DELAYS, relayed=12_000))
    assert verdict(rows, "command service / bare, 4") == "0.50"
