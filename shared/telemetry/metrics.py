"""Prometheus metrics of a process."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

COMMANDS = Counter(
    "ticketstream_commands",
    "Commands by type (`unreadable` before it is known) and outcome: accepted, an error code, forbidden, unavailable.",
    ("type", "outcome"),
)
DECISION_SECONDS = Histogram(
    "ticketstream_decision_seconds",
    "From a command's turn to its decision, including the read of its ticket's events.",
    buckets=SECONDS,
)
COMMANDS_IN_HAND = Gauge("ticketstream_commands_in_hand", "Commands that are not answered yet.")
APPEND_QUEUE = Gauge("ticketstream_append_queue", "Events that wait for an insert.")
APPEND_SECONDS = Histogram(
    "ticketstream_append_seconds", "From the insert of a group of events to its acknowledgement.", buckets=SECONDS
)
APPENDED_TOGETHER = Histogram(
    "ticketstream_append_events", "Events of one insert.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
RELAYED = Counter("ticketstream_relayed_events", "Events published and acknowledged; a repeat counts again.")
RELAY_LAG_SECONDS = Gauge(
    "ticketstream_relay_lag_seconds",
    "Age of the oldest unpublished event. While this relay fails, at least the time since its first failure.",
)

PROJECTED = Counter("ticketstream_projected_events", "Events applied to the views and committed.")
PROJECTION_LAG_EVENTS = Gauge(
    "ticketstream_projection_lag_events", "Events of this worker's partitions that the views do not show yet."
)
PROJECTION_LAG_SECONDS = Gauge(
    "ticketstream_projection_lag_seconds",
    "Lag of the partition of this worker that is furthest behind and not stopped; 0 when none is behind.",
)
STOPPED_PARTITIONS = Gauge("ticketstream_stopped_partitions", "Partitions whose next event cannot be applied.")
ORIGIN_TO_VISIBLE_SECONDS = Histogram(
    "ticketstream_origin_to_visible_seconds",
    "From a command's arrival to its event in the views.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300),
)

HTTP_SECONDS = Histogram(
    "ticketstream_http_seconds",
    "From a request to the end of its answer; to its beginning if it is a stream.",
    ("route", "status"),
    buckets=(*SECONDS, 10, 30, 60),  # an export or the wait for a version can take that long
)
MONGO_CONNECTIONS = Gauge("ticketstream_mongo_connections", "Connections to MongoDB, at most 64 to a server.")
MONGO_WAITING = Gauge("ticketstream_mongo_waiting", "Operations that wait for a connection to MongoDB.")
FEED_STREAMS = Gauge("ticketstream_feed_streams", "Open streams of the event feed.")
READS_WAITING = Gauge("ticketstream_reads_waiting", "Reads that requests wait for and that have not begun.", ("kind",))
