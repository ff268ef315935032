"""Failures of commands: each is one sentence, which `AnsweringGroup` prints."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.explained_error import ExplainedError
from shared.kafka import KafkaConnectionError, KafkaError, NotReadyError
from shared.mongo import AutoReconnect, OperationFailure, PyMongoError, UnsuitableError, addresses
from shared.process.settings import EngineSettings

REFUSALS = {
    13: "the user of --mongo may not do this",
    18: "the user or the password of --mongo is wrong",
    280: "it cannot read the position in its oplog at which the relay continues",
    286: "its oplog no longer has the position at which the relay continues",
}
"""What MongoDB's error codes mean."""


class NotStoppedError(ExplainedError):
    """The named partition is not stopped at the named offset."""


class EngineError(ExplainedError):
    """Kafka or MongoDB cannot be used."""


@contextmanager
def explained(engines: EngineSettings) -> Iterator[None]:
    """Replace exceptions of the Kafka and MongoDB drivers with `EngineError`, which names the engine and the reason.

    The drivers' own words are left out: they speak to programmers, and may quote documents.
    """
    try:
        yield
    except (KafkaConnectionError, TimeoutError) as silence:
        raise EngineError(
            f"Kafka at {engines.kafka} does not answer; start it, or give another one with --kafka."
        ) from silence
    except KafkaError as failure:
        raise EngineError(f"Kafka at {engines.kafka} cannot be used: {_reason_of_kafka(failure)}.") from failure
    except PyMongoError as failure:
        raise EngineError(f"MongoDB at {addresses(engines.mongo)} {_reason_of_mongodb(failure)}") from failure


def _reason_of_kafka(failure: KafkaError) -> str:
    return str(failure.args[0]) if isinstance(failure, NotReadyError) else f"it fails with {type(failure).__name__}"


def _reason_of_mongodb(failure: PyMongoError) -> str:
    if isinstance(failure, AutoReconnect):
        return "does not answer, or has no primary; start it, or give another one with --mongo."
    return f"cannot be used: {_refusal_of_mongodb(failure)}."


def _refusal_of_mongodb(failure: PyMongoError) -> str:
    match failure:
        case UnsuitableError():
            return str(failure)
        case OperationFailure() if failure.code in REFUSALS:
            return REFUSALS[failure.code]
        case OperationFailure():
            return f"it refuses a request with code {failure.code}, which its log explains"
        case _:
            return f"its driver fails with {type(failure).__name__}; check the URL of --mongo"
