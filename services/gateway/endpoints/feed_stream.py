"""The live feed: a stream of server-sent events with the feed's events, as soon as they are closed (decision 0030)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from services.gateway.access import Access, NotLoggedInError
from services.gateway.answers.event_stream import message, opening, still_there
from services.gateway.answers.streaming import TAKEN_WITHIN, Send, send_piece
from services.gateway.answers.waiting import CannotWaitError, Waiting
from services.gateway.parameters.query import Query
from services.gateway.views.feed_places import Place, behind
from services.gateway.views.feed_tail import FeedTail, Portion
from services.gateway.views.feed_windows import AHEAD, LAST_EVENT_ID, LONGEST_AWAY, read_start
from services.gateway.views.snapshot import Snapshots
from shared.accounts.scopes import Visible, visibility
from shared.clock import utc_now
from shared.http.asgi import Header
from shared.http.concurrency_limit import FullError
from shared.mongo import Database, PyMongoError
from shared.process.offloading import offloaded
from shared.telemetry import FEED_STREAMS, logger
from shared.telemetry.failures import describe

AT_ONCE, FOR_ONE_USER = 100, 20
"""Open streams of a gateway, and of one user.

Each holds one of the 1,000 connections of the gateway's port. `DETAILS` in `endpoints.tickets` says what else does.
"""
BEAT_SECONDS = 15.0
"""Seconds without a message after which a comment is sent, so that proxies and clients keep the connection."""
CHECK_SECONDS = 5.0
"""Seconds for which the user's scope is known. Sessions are cached for 4 seconds, so a change takes effect within 9."""
RETRY_SECONDS = 1.0
"""Pause after MongoDB did not answer, or was busy."""
ENDED_WITHIN = 1.0
"""Seconds in which the end of a stream must be sent, or the connection is cut."""
HEADERS: Final[tuple[Header, ...]] = ((b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"))

log = logger(__name__)


def places() -> Waiting:
    """Return the places for the streams of a gateway."""
    return Waiting(AT_ONCE, FOR_ONE_USER, "Too many streams{of_user} are open; end one, or try again later.")


class FeedStream:
    """Answers `streamTicketEvents`, as an ASGI application."""

    def __init__(self, db: Database, access: Access, streams: Waiting, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self._access = access
        self._streams = streams
        self._snapshots = Snapshots(db)
        self._tail = FeedTail(db)
        self._beat_seconds = beat_seconds
        FEED_STREAMS.set_function(streams.__len__)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Stream the events that the user may see until the client leaves, the session ends or the service stops."""
        request = Request(scope, receive)
        visible = await self._access.visible(request)
        asked, now = scope["query_string"], utc_now()
        query = await offloaded(len(asked), partial(Query, asked))
        start = read_start(query, request.headers.get(LAST_EVENT_ID), now)
        closed = (await self._snapshots.progress()).closed_until
        place = behind(start or min(now, max(closed, now - AHEAD)))
        with self._streams.place(scope["user"]), self._tail.followed(behind(max(closed, now - LONGEST_AWAY))):
            await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
            if scope["method"] == "GET":
                check = partial(self._access.visible, request)
                await self._stream(_Stream(send, check, place, visible, self._beat_seconds), receive)
            else:
                await send({"type": "http.response.body"})

    async def _stream(self, stream: "_Stream", receive: Any) -> None:
        try:
            async with self._streams.present(receive):
                await self._follow(stream)
        except ClientDisconnect:
            return
        except (CannotWaitError, NotLoggedInError):  # the client connects again, to another gateway or for its 401
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDED_WITHIN):
                    await stream.send({"type": "http.response.body"})
        except TimeoutError:
            log.warning("answer_abandoned", piece_within=TAKEN_WITHIN)

    async def _follow(self, stream: "_Stream") -> None:
        """Send what is closed, again and again."""
        await stream.say(opening(stream.place.date))
        while True:
            news, pause = self._tail.news, 0.0
            try:
                visible = await stream.sight()
                portion = await self._next_portion(stream.place)
            except (PyMongoError, FullError) as busy:
                log.warning("stream_waits", reason=describe(busy))
                portion, pause = None, RETRY_SECONDS
            if portion:
                await stream.deliver(portion, visible)
                await asyncio.sleep(0)  # others have their turn, also if this client reads at once
                continue
            if monotonic() >= stream.beat_at:
                stream.place = self._tail.reached(stream.place)
                await stream.say(still_there(stream.place.complete))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause or stream.rest()):
                    await (asyncio.sleep(pause) if pause else news.wait())

    async def _next_portion(self, place: Place) -> Portion | None:
        """Return the next portion behind `place`, or None when no window behind it is closed."""
        if self._tail.remembers(place):
            return self._tail.next_portion(place)
        portion = await self._tail.read_alone(place)
        return portion if portion.end > place else None


@dataclass(slots=True)
class _Stream:
    """An open stream: its client, the place up to which all was sent, and what its user may see."""

    send: Send
    check: Callable[[], Awaitable[Visible]]
    place: Place
    visible: Visible
    beat_seconds: float
    beat_at: float = 0.0
    check_at: float = 0.0
    is_divided: bool = False
    """The last message had no id, because more events of the same instant follow."""

    async def sight(self) -> Visible:
        """Return what the user may see; raises `NotLoggedInError` or `PyMongoError`."""
        if monotonic() >= self.check_at:
            self.visible = await self.check()
            self.check_at = monotonic() + CHECK_SECONDS
        return self.visible

    def rest(self) -> float:
        """Return the seconds until something must be done even if no event comes."""
        return max(min(self.check_at, self.beat_at) - monotonic(), 0)

    async def deliver(self, portion: Portion, visible: Visible) -> None:
        """Send the events of `portion` that come behind the stream's place and are visible."""
        shows, until = visibility(visible), portion.end.complete
        events = [event.text for event in portion.events if event.place > self.place and shows(event.document)]
        if events:
            await self.say(message(events, until))
            self.is_divided = until is None
        elif self.is_divided and until:
            await self.say(still_there(until))
            self.is_divided = False
        self.place = portion.end

    async def say(self, text: bytes) -> None:
        """Send a part of the stream; raises `TimeoutError` when the client does not read."""
        await send_piece(self.send, text)
        self.beat_at = monotonic() + self.beat_seconds
