"""`python -m tests.support.processes.short_bench`: benchmarks with one short round instead of three.

Tests check what a benchmark prints, not its numbers; medians of one round are printed in the same way.
"""

from unittest.mock import patch

from services.cli.__main__ import main
from services.cli.bench import rounds
from services.cli.bench.idle import run_idle
from services.cli.bench.record import run_record
from services.cli.bench.writes import run_writes

SHORTER = (
    (rounds, "ROUNDS", 1),
    (run_writes, "DELAY_SECONDS", 2.0),
    (run_idle, "SETTLING", 1.0),
    (run_record, "COMMAND_SECONDS", 0.5),
    (run_record, "READ_SECONDS", 0.5),
    (run_record, "LATENCY_SECONDS", 2.0),
    (run_record, "IDLE_SECONDS", 1.0),
    (run_record, "EVENTS", 6_000),
)

if __name__ == "__main__":
    for module, name, value in SHORTER:
        patch.object(module, name, value).start()
    main()
