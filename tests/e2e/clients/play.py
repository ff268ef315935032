"""Plays commands with the client that openapi-python-client makes of the API's description.

    PASSWORD=… python play.py URL LOGIN COMMANDS.json

Prints as JSON what the platform made of them. `ticketstream_client` is made by the test, in another environment.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from ticketstream_client import Client, models  # type: ignore[import-not-found]
from ticketstream_client.api.events_and_commands import (  # type: ignore[import-not-found]
    increment_ticket,
    list_ticket_events,
    open_ticket,
)
from ticketstream_client.api.session import login as logging_in  # type: ignore[import-not-found]
from ticketstream_client.api.tickets import get_ticket, list_tickets, ticket_stats  # type: ignore[import-not-found]


def main(url: str, login: str, file: str) -> None:
    """Play the commands of `file`, one more, and read the views."""
    with Client(base_url=url, raise_on_unexpected_status=True) as client:
        credentials = models.LoginRequest(login=login, password=os.environ["PASSWORD"])
        assert logging_in.sync_detailed(client=client, body=credentials).status_code == 200
        played = Played(client)
        for step in json.loads(Path(file).read_text()):
            ((how, fields),) = step.items()
            command = getattr(models, fields["commandType"]).from_dict(fields)
            played.open(command) if how == "open" else played.increment(command)
        played.increment(
            models.AddMessage(
                command_type="AddMessage",
                process_uid=str(uuid4()),
                message="Played by a generated client.",
                message_added_date=datetime.now(UTC),
            )
        )
        print(json.dumps(played.seen()))


class Played:
    """What was answered so far."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._ticket = self._version = ""
        self._events: list[Any] = []
        self._outcomes: list[str] = []

    def open(self, command: Any) -> None:
        """Send a command that opens the ticket."""
        self._note(open_ticket.sync_detailed(client=self._client, body=command))

    def increment(self, command: Any) -> None:
        """Send another command on the ticket."""
        self._note(increment_ticket.sync_detailed(self._ticket, client=self._client, body=command))

    def _note(self, answer: Any) -> None:
        if isinstance(answer.parsed, models.TicketEventError):
            self._outcomes.append(answer.parsed.error_type.value)
            return
        [event] = answer.parsed.events
        self._outcomes.append(event.event_type)
        self._events.append(event)
        self._ticket, self._version = event.aggregate_uid, answer.headers["Ticket-Version"]

    def seen(self) -> dict[str, Any]:
        """Return the outcomes, and what the views show."""
        client, (first, *_, last) = self._client, self._events
        detail = get_ticket.sync(self._ticket, client=client, if_ticket_version=self._version)
        listed = list_tickets.sync_detailed(client=client, fulltext=["played"])
        stats = ticket_stats.sync(client=client)
        fed = list_ticket_events.sync(client=client, from_=first.sent_date, to=last.sent_date)
        return {
            "outcomes": self._outcomes,
            "opened": detail.created.isoformat(),
            "status": detail.status.value,
            "journal": [event.event_name for day in detail.journal for event in day.events],
            "listed": [item.uid == self._ticket for item in listed.parsed.result],
            "count": listed.headers["Content-Range"],
            "lastSevenDays": stats.new_tickets.last_seven_days > 0,
            "fed": [event.event_type for event in fed.events],
        }


if __name__ == "__main__":
    main(*sys.argv[1:])
