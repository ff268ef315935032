import pytest

from services.cli.exit_status import EngineError, explained
from shared.kafka import KafkaConnectionError, KafkaError, NotReadyError
from shared.mongo import AutoReconnect, NetworkTimeout, OperationFailure, PyMongoError, UnsuitableError
from shared.process.settings import EngineSettings

ENGINES = EngineSettings(kafka="k:9092", mongo="mongodb://someone:secret@m")


SILENT = "MongoDB at m does not answer, or has no primary; start it, or give another one with --mongo."


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (KafkaConnectionError("[]"), "Kafka at k:9092 does not answer; start it, or give another one with --kafka."),
        (TimeoutError(), "Kafka at k:9092 does not answer; start it, or give another one with --kafka."),
        (KafkaError("words"), "Kafka at k:9092 cannot be used: it fails with KafkaError."),
        (NotReadyError("only 2 run"), "Kafka at k:9092 cannot be used: only 2 run."),
        (AutoReconnect("m:27017: refused (configured timeouts: x), Topology Description: <y>"), SILENT),
        (NetworkTimeout("m:27017: timed out"), SILENT),
        (OperationFailure("words", 18), "MongoDB at m cannot be used: the user or the password of --mongo is wrong."),
        (
            OperationFailure("words", 8000),
            "MongoDB at m cannot be used: it refuses a request with code 8000, which its log explains.",
        ),
        (UnsuitableError("it is no replica set"), "MongoDB at m cannot be used: it is no replica set."),
        (
            PyMongoError("words"),
            "MongoDB at m cannot be used: its driver fails with PyMongoError; check the URL of --mongo.",
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
