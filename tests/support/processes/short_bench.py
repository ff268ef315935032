"""`python -m tests.support.processes.short_bench`: benchmarks of the read side with one round instead of three.

Tests check what a benchmark prints, not its numbers; medians of one round are printed in the same way.
"""

from unittest.mock import patch

from services.cli.__main__ import main
from services.cli.bench.projection import run_projection
from services.cli.bench.reads import exports, read_rate

if __name__ == "__main__":
    for module in (run_projection, exports, read_rate):
        patch.object(module, "ROUNDS", 1).start()
    main()
