from services.gateway.endpoints import commands as forward
from services.gateway.endpoints import tickets
from shared.http.connections import MOST_CONNECTIONS


def test_commands_and_details_are_refused_before_they_have_all_connections_of_the_port() -> None:
    commands = forward.CONNECTIONS + forward.WAITING
    assert commands + tickets.DETAILS + tickets.DETAILS_WAITING < MOST_CONNECTIONS * 0.9
