from deploy.embedded.kafka.jars import LOCK
from services.cli.bench.record.machine import locked_version, machine, processor_model, versions


def test_the_processor_is_that_of_the_first_core() -> None:
    core = "processor\t: {}\nmodel name\t: Some  CPU @ 2.40GHz\nflags\t: fpu\n"
    assert processor_model(core.format(0) + core.format(1)) == "Some CPU @ 2.40GHz"
    assert processor_model("processor\t: 0\n") == "unknown"


def test_every_fact_and_every_version_is_known() -> None:
    assert list(machine()) == ["processor", "cores", "memory", "system", "busy at the start"]
    found = versions()
    assert all(version[0].isdigit() for version in found.values()), found
    assert found["Kafka"] == locked_version(LOCK.read_text())
    assert {"Python", "MongoDB", "pymongo", "aiokafka"} <= found.keys()
