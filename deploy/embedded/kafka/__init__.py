"""Apache Kafka in KRaft mode: `jars` fetches and verifies it, `broker` says how it is run.

`jgo.toml` names what is wanted, `jgo.lock.toml` every jar of it with its SHA-256; `jgo lock` in this folder renews the
lock.
"""
