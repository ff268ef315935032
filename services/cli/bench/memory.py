"""Peak memory of a process (see proc(5))."""

from pathlib import Path

import psutil

RESET_PEAK = "5"
"""Written to `clear_refs`, this resets the peak."""


def forget_peak(process: psutil.Process) -> None:
    """Reset the peak of `process` to its present memory."""
    Path(f"/proc/{process.pid}/clear_refs").write_text(RESET_PEAK)


def peak_mb(process: psutil.Process) -> float:
    """Return the peak memory of `process` since the last reset, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in status if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024
