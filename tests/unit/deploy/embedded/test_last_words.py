import pytest

from deploy.embedded.last_words import last_words

KAFKA = """\
[main] ERROR kafka.server.BrokerServer - Fatal error during broker startup. Prepare to shutdown
java.lang.RuntimeException: Unable to start acceptor for BROKER
\tat kafka.network.Acceptor.start(SocketServer.scala:511)
Caused by: java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind0(Native Method)
\t... 18 more
[kafka-shutdown-hook] WARN kafka.NetworkClient - closed
"""
MONGOD = """\
{"t":{},"s":"E","c":"CONTROL","msg":"Error setting up listener","attr":{"error":{"errmsg":"Address already in use"}}}
{"t":{},"s":"I","c":"REPL","msg":"Attempting to enter quiesce mode"}
{"t":{},"s":"I","c":"CONTROL","msg":"Shutting down","attr":{"exitCode":48}}
"""
SERVICE = """\
{"event": "listening", "level": "info"}
{"event": "relay_failed", "level": "error", "kind": "OSError", "reason": "No space left on device"}
{"event": "stopped", "level": "info"}
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "web.py", line 1, in <module>
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "web.py", line 2, in <module>
    | OSError: [Errno 98] address already in use
    +------------------------------------
"""
PYTHON = """\
Traceback (most recent call last):
  File "<string>", line 1, in <module>
ZeroDivisionError: division by zero
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (KAFKA, "java.net.BindException: Address already in use"),
        (MONGOD, "Error setting up listener: Address already in use"),
        (SERVICE, "relay_failed: No space left on device"),
        (GROUP, "OSError: [Errno 98] address already in use"),
        (PYTHON, "ZeroDivisionError: division by zero"),
        ("starting\nlistening\n", "listening"),
        ("", "it said nothing"),
        ("an error " + "x" * 400, "an error " + "x" * 291),
    ],
)
def test_the_last_complaint_of_a_log_is_quoted(log: str, words: str) -> None:
    assert last_words(log) == words
