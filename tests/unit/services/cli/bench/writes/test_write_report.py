import pytest

from services.cli.bench.bench_stack import COMMAND, GATEWAY
from services.cli.bench.report import Result
from services.cli.bench.writes.command_rate import BARE, PLAIN, Figures
from services.cli.bench.writes.write_report import rates, ratios
from tests.support.expected.tables import printed

DELAYS = [[0.002, 0.003], [0.001], [0.004]]


def results(*, delays: list[list[float]] = DELAYS, **counts: dict[str, Figures]) -> dict[str, Result]:
    """Return the results by name; the figures of a number of connections are given as `at_<number>`."""
    given = {int(name.removeprefix("at_")): servers for name, servers in counts.items()}
    return {one.what: one for one in ratios(given, delays, relayed=12_000)}


def figures(rate: float) -> Figures:
    return Figures(rate=rate, p50=0.012, p99=0.0345, cpu={"load": 0.25, "command": 0.987})


def measured(
    *, bare: float = 8_000, plain: float = 800, command: float = 4_000, gateway: float = 3_100
) -> dict[str, Figures]:
    servers = {BARE: bare, PLAIN: plain, COMMAND: command, GATEWAY: gateway}
    return {server: figures(rate) for server, rate in servers.items()}


def test_each_server_has_a_line_with_its_rate_times_and_shares_of_a_core() -> None:
    *_, line, _ = printed(rates({64: measured()}))
    assert line == ["64", "one command service", "4,000", "12.0", "34.5", "load 25, command 99"]


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({}, []),
        ({"bare": 9_000.0}, ["command service / bare, 64"]),
        ({"plain": 900.0}, ["command service / plain, 64"]),
        ({"gateway": 2_900.0}, ["through the gateway / direct, 64"]),
        ({"command": 4_100.0, "bare": 8_000.0}, ["relay (12,000 events/s) / commands"]),
    ],
)
def test_a_ratio_is_compared_with_its_target(changed: dict[str, float], missed: list[str]) -> None:
    found = results(at_64=measured(**changed))
    assert [one.what for one in found.values() if one.verdict == "missed"] == missed


def test_more_connections_have_a_target_of_their_own_and_others_none() -> None:
    found = results(at_4=measured(), at_256=measured())
    assert found["command service / bare, 256"].verdict == "missed"
    assert found["command service / bare, 4"].shown == "0.50"
    assert found["command service / bare, 4"].verdict == ""


def test_a_lone_command_has_the_processor_time_of_its_service() -> None:
    slow, fast = (results(at_1=measured(command=rate)) for rate in (900, 1_000))
    name = "processor time of a lone command, relay included"
    assert (slow[name].shown, slow[name].verdict) == ("1.10 ms", "missed")
    assert (fast[name].shown, fast[name].verdict) == ("0.99 ms", "reached")
    assert name not in results(at_64=measured())


def test_the_time_to_the_topic_is_the_median_of_the_rounds() -> None:
    found = results(at_64=measured(), delays=[[0.002] * 200, [0.001] * 200, [0.004] * 190 + [0.2] * 10])
    assert found["answer to topic at 50/s, p50"].shown == "2.00 ms"
    assert found["answer to topic at 50/s, p99"].shown == "2.00 ms"
    assert (
        results(at_64=measured(), delays=[[0.0101], [0.011], [0.002]])["answer to topic at 50/s, p99"].verdict
        == "missed"
    )
