"""Real Kafka and real MongoDB as child processes of ours, without Docker, Java or MongoDB installed.

`pair.engines` runs both for as long as a block lasts; `ticketstream up` keeps the same programs running.
The third-party parts come with the extra `embedded`, so only `kafka`, `mongod` and `pair` need it.
"""
