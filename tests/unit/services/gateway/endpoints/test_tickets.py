from services.gateway.endpoints import commands as forward
from services.gateway.endpoints import feed_stream, tickets
from shared.http.connections import MOST_CONNECTIONS

FOR_OTHERS = 90
"""Connections that commands, details and streams leave for all other requests."""


def test_commands_details_and_streams_are_refused_before_they_have_all_connections_of_the_port() -> None:
    commands = forward.CONNECTIONS + forward.WAITING
    details = tickets.DETAILS + tickets.DETAILS_WAITING
    assert commands + details + feed_stream.AT_ONCE <= MOST_CONNECTIONS - FOR_OTHERS
