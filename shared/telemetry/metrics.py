"""What is counted and measured, in Prometheus' terms; the numbers live in this process."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

COMMANDS = Counter(
    "ticketstream_commands",
    "Commands by type (`unreadable` before it is known) and outcome: accepted, an error code, forbidden, unavailable.",
    ("type", "outcome"),
)
APPEND_SECONDS = Histogram(
    "ticketstream_append_seconds", "From the insert of a group of events to its acknowledgement.", buckets=SECONDS
)
APPENDED_TOGETHER = Histogram(
    "ticketstream_append_events", "Events of one insert.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
RELAYED = Counter("ticketstream_relayed_events", "Events published and acknowledged; a repeat counts again.")
RELAY_LAG_SECONDS = Gauge("ticketstream_relay_lag_seconds", "Age, at its acknowledgement, of the event published last.")
