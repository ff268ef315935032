from services.cli.bench.idle.run_idle import results, table
from tests.support.expected.tables import printed

MEASURED = [
    {"kafka": 0.02, "mongod": 0.03, "projector-1": 0.02, "command": 0.01, "gateway": own} for own in (0.01, 0.5, 0.015)
]


def test_the_engines_are_listed_apart() -> None:
    rows = printed(table(MEASURED))[1:]
    assert rows == [["projector-1", "2.0"], ["command", "1.0"], ["gateway", "1.5"], ["mongod", "3.0"], ["kafka", "2.0"]]


def test_the_target_is_for_the_platform_without_its_engines() -> None:
    own, mongod, kafka = results(MEASURED)
    assert (own.shown, own.wanted, own.verdict) == ("0.045 cores", "at most 0.05 cores", "reached")
    assert (mongod.shown, mongod.verdict, kafka.shown) == ("0.030 cores", "", "0.020 cores")


def test_engines_that_run_elsewhere_are_not_listed() -> None:
    measured = [{"projector-1": 0.02, "command": 0.02, "gateway": 0.02}]
    (own,) = results(measured)
    assert own.verdict == "missed"
    assert len(printed(table(measured))) == 4
