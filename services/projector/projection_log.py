"""The logger that all parts of the projection share.

A log line of success ends the silence about repeated warnings of its logger. The projection logs `partitions_assigned`
when it has read its checkpoints, and so lets the warnings of all its parts through again.
"""

from shared.telemetry import logger

log = logger("services.projector.projection")
