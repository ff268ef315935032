"""Runs real Kafka and real MongoDB as child processes; Docker, Java and MongoDB need not be installed.

`pair.engines` runs both while a block runs; `ticketstream up` keeps the same programs running. The third-party
packages come with the extra `embedded`. Only `kafka`, `mongod` and `pair` need them.
"""
