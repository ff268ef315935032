import pytest

from services.cli.exit_status import EngineError, explained
from shared.kafka import KafkaConnectionError, KafkaError
from shared.mongo import PyMongoError
from shared.process.settings import EngineSettings

ENGINES = EngineSettings(kafka="k:9092", mongo="mongodb://someone:secret@m")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (KafkaConnectionError("[]"), "Kafka at k:9092 does not answer; start it, or give another one with --kafka."),
        (TimeoutError(), "Kafka at k:9092 does not answer; start it, or give another one with --kafka."),
        (KafkaError("no leader"), "Kafka at k:9092 cannot be used: KafkaError: no leader."),
        (
            PyMongoError("m:27017: refused (configured timeouts: x), Timeout: 5.0s, Topology Description: <y>"),
            "MongoDB cannot be used: m:27017: refused; check that it runs and that --mongo names it.",
        ),
        (
            PyMongoError("no primary, Timeout: 5.0s\nmore"),
            "MongoDB cannot be used: no primary; check that it runs and that --mongo names it.",
        ),
        (
            PyMongoError("long " * 100),
            f"MongoDB cannot be used: {'long ' * 40}; check that it runs and that --mongo names it.",
        ),
    ],
)
def test_what_a_driver_raises_becomes_one_sentence(failure: Exception, sentence: str) -> None:
    with pytest.raises(EngineError) as said, explained(ENGINES):
        raise failure
    assert str(said.value) == sentence


def test_any_other_exception_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError), explained(ENGINES):
        raise KeyError
