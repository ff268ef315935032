"""Apache Kafka in KRaft mode: `jars` downloads and verifies it, `broker` describes how to run it.

`jgo.toml` names the Kafka release, and `jgo.lock.toml` lists its jars with their SHA-256 sums. `jgo lock` in this
folder renews the lock.
"""
