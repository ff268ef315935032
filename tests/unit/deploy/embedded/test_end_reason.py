import pytest

from deploy.embedded.end_reason import end_reason

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
NOT_READABLE = r"""
{"t":{"$date":"2026-11-29T09:00:00.000+00:00"},"s":"E","c":"NETWORK","msg":"Old and harmless","attr":{"error":5}}
{"t":{"$date":"2026-11-29T10:56:31.167+00:00"},"s":"E","c":"WT","msg":"WiredTiger error message","attr":{"error":13,\
"message":"[1795949791:166956][21312:0x7fda63c0], wiredtiger_open: [WT_VERB_DEFAULT][ERROR]: __posix_open_file, 812: \
/data/mongod/WiredTiger.turtle: handle-open: open: Permission denied"}}
{"t":{"$date":"2026-11-29T10:56:31.167+00:00"},"s":"W","c":"STORAGE","msg":"Failed to start up WiredTiger"}
{"t":{"$date":"2026-11-29T10:56:31.167+00:00"},"s":"F","c":"STORAGE","msg":"Terminating.","attr":{"reason":"13: ..."}}
{"t":{"$date":"2026-11-29T10:56:31.167+00:00"},"s":"F","c":"ASSERT","msg":"Fatal assertion","attr":{"msgid":28595}}
{"t":{"$date":"2026-11-29T10:56:31.167+00:00"},"s":"F","c":"ASSERT","msg":"\n\n***aborting after fassert() failure\n\n"}
""".replace("\\\n", "")
BROKEN = r"""
{"t":{"$date":"2026-11-29T10:56:40.492+00:00"},"s":"E","c":"WT","msg":"WiredTiger error message",\
"attr":{"error":-31809,"message":{"msg":"WiredTiger.turtle: fatal turtle file read error"}}}
{"t":{"$date":"2026-11-29T10:56:40.492+00:00"},"s":"F","c":"ASSERT","msg":"Fatal assertion","attr":{"msgid":50853}}
{"t":{"$date":"2026-11-29T10:56:40.492+00:00"},"s":"F","c":"CONTROL","msg":"Writing fatal message",\
"attr":{"message":"Got signal: 6 (Aborted).\n"}}
{"t":{"$date":"2026-11-29T10:56:40.585+00:00"},"s":"I","c":"CONTROL","msg":"Frame","attr":{"frame":{"a":"7FBE5804524A"}}}
""".replace("\\\n", "")
FULL_DISK = r"""
{"t":{"$date":"2026-11-29T11:00:11.867+00:00"},"s":"E","c":"WT","msg":"WiredTiger error message","attr":{"error":28,\
"message":{"msg":"handle-write: pwrite: failed to write 4096 bytes at offset 0","error_str":"No space left on device"}}}
{"t":{"$date":"2026-11-29T11:00:11.900+00:00"},"s":"F","c":"REPL","msg":"Error applying operation","attr":{"oplogEntry":
""".replace("\\\n", "")
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
        (
            NOT_READABLE,
            "WiredTiger error message: wiredtiger_open: __posix_open_file, 812: "
            "/data/mongod/WiredTiger.turtle: handle-open: open: Permission denied",
        ),
        (BROKEN, "WiredTiger error message: WiredTiger.turtle: fatal turtle file read error"),
        (
            FULL_DISK,
            "WiredTiger error message: handle-write: pwrite: failed to write 4096 bytes at offset 0: "
            "No space left on device",
        ),
        ('{"t":{},"s":"I","msg":"starting"}\n{"t":{},"s":"E","msg":"No sp', "its log breaks off, as on a full disk"),
        (SERVICE, "relay_failed: No space left on device"),
        (GROUP, "OSError: [Errno 98] address already in use"),
        (PYTHON, "ZeroDivisionError: division by zero"),
        ("starting\nlistening\n", "listening"),
        ("", "it logged nothing"),
        ("an error " + "x" * 400, "an error " + "x" * 291),
    ],
)
def test_the_last_complaint_of_a_log_is_quoted(log: str, words: str) -> None:
    assert end_reason(log) == words
