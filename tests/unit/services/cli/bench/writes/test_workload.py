import re
from itertools import islice

from services.cli.bench.writes.workload import COMMANDS, lives
from shared.contract import parse_increment, parse_open_ticket

TICKETS = 3


def requests() -> list[tuple[bytes, bytes]]:
    """Return head and body of each request of some tickets."""
    written = islice(lives("PI_SESSION=token"), TICKETS * COMMANDS)
    return [(head, body) for head, _, body in (request.partition(b"\r\n\r\n") for request in written)]


def test_every_tenth_command_opens_a_ticket_and_the_others_change_it() -> None:
    for number, (head, body) in enumerate(requests()):
        if number % COMMANDS == 0:
            ticket = parse_open_ticket(body).aggregateUid
            assert head.startswith(b"POST /api/vEvent/tickets HTTP/1.1\r\n")
        else:
            parse_increment(body)
            assert head.startswith(f"PATCH /api/vEvent/tickets/{ticket} HTTP/1.1\r\n".encode())


def test_no_uid_occurs_twice_in_any_life() -> None:
    bodies = [body for _ in range(2) for _, body in requests()]
    processes = re.findall(rb'"processUid":"([^"]+)"', b"".join(bodies))
    tickets = re.findall(rb'"aggregateUid":"([^"]+)"', b"".join(bodies))
    assert (len(set(processes)), len(set(tickets))) == (2 * TICKETS * COMMANDS, 2 * TICKETS)


def test_a_request_has_the_length_of_its_body_and_the_cookie() -> None:
    for head, body in requests():
        assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
        assert b"Cookie: PI_SESSION=token" in head.split(b"\r\n")
