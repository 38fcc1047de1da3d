"""What an event source is with and without async: what it was given, and what it makes of what its machine says."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._errors import (
    ConnectionFailed,
    ConnectTimeout,
    FreshHeadersFailed,
    IdleTimeout,
    StreamEnded,
    TidingsError,
    UnexpectedContentType,
    UnexpectedRedirect,
    UnexpectedResponse,
    UnexpectedStatus,
    UnsendableLastEventId,
)
from ._hop import Hop, origin, sendable
from ._tidings import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._tidings import Step
    from .transports import AsyncResponse, Response

TRANSIENT_STATUSES = (408, 425, 429, 500, 502, 503, 504)
"""The statuses of trouble that passes, for ``retry_statuses``."""

MAX_BACKLOG = 65536
"""After how many bytes that the user has not come to reading stops."""
MAX_REFUSAL = 65536
"""How much of a body that is no event stream is kept for the error."""
REFUSAL_SECONDS = 5.0
"""How long to wait for it."""

_REQUEST_HEADERS = {"accept": "text/event-stream", "cache-control": "no-cache", "pragma": "no-cache"}
"""What every request has unless the user sets others (HTML 9.2.2; Fetch on the cache mode "no-store")."""


class ReadyState(IntEnum):
    """The state of an event source (HTML 9.2.2, ``readyState``)."""

    CONNECTING = 0
    """There is no connection yet, or it is being reestablished."""
    OPEN = 1
    """Events come."""
    CLOSED = 2
    """It is over."""


class Open(NamedTuple):
    """The connection of an event source is open."""

    url: str
    """Where the response came from, after redirects."""
    headers: Mapping[str, str]
    """Those of the response, as the HTTP library has them."""

    def __repr__(self) -> str:
        # Both may have secrets.
        return "Open(...)"


class Reconnecting(NamedTuple):
    """The connection of an event source is gone, or there was none. The next attempt comes by itself."""

    delay: float
    """How many seconds it is from the end of the connection to the next attempt."""
    error: TidingsError
    """Why."""


class Attempt(NamedTuple):
    """What is known when an attempt begins, for ``fresh_headers``."""

    failures: int
    """How many attempts have failed in a row: 0 at the first, and after a connection that was good."""
    status: int | None
    """The status that the last attempt was answered with, if it was: 401 says that the token is no longer good."""


class Core:
    """An event source without IO."""

    def __init__(
        self,
        url: str,
        *,
        method: str,
        headers: Mapping[str, str] | None,
        body: bytes | str | None,
        fresh_headers: Any,
        connect_timeout: float | None,
        **options: Any,
    ) -> None:
        origin(url)
        self.url = url
        self.fresh_headers = fresh_headers
        self.machine = Machine(connect_timeout=connect_timeout, **options)
        self._method = method
        self._headers = _REQUEST_HEADERS | sendable(headers or {})
        self._body = body.encode() if isinstance(body, str) else body
        # Sockets take no more.
        self._connect_timeout = None if connect_timeout is None else min(connect_timeout, 1e6)
        self._status: int | None = None
        self.head: Response | AsyncResponse | None = None
        """That of the last answer."""
        self.refusal = b""
        """The beginning of its body, if it is no event stream."""

    def attempt(self) -> Attempt:
        """What is known of the attempt that begins."""
        status, self._status = self._status, None
        self.head, self.refusal = None, b""
        return Attempt(self.machine.failures, status)

    def hop(self, last_event_id: str | None) -> Hop:
        """The first request of an attempt."""
        headers = self._headers.copy()
        # Whatever the user has set: only the machine knows.
        headers.pop("last-event-id", None)
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        return Hop(self._method, self.url, headers, self._body, self._connect_timeout)

    def add_fresh(self, hop: Hop, fresh: Mapping[str, str]) -> None:
        """Puts fresh headers in the place of others of their names."""
        headers = sendable(fresh)
        headers.pop("last-event-id", None)
        hop.headers.update(headers)

    def accepts(self, response: Response | AsyncResponse) -> bool:
        """Whether a response is an event stream, or needs no reading to be told from one (204)."""
        return response.status == 204 or Machine.accepts(response.status, _bytes(response.headers.get("content-type")))

    def answer(self, response: Response | AsyncResponse) -> bool:
        """The answer to an attempt is there, and what is to be read of a refusal. Returns whether its body is to be read."""
        self.head, self._status = response, response.status
        content_type, retry_after = response.headers.get("content-type"), response.headers.get("retry-after")
        return self.machine.handle_response(response.status, _bytes(content_type), _bytes(retry_after))

    def fail(self, error: BaseException, retried: tuple[type[Exception], ...]) -> None:
        """An attempt ended with an exception."""
        if isinstance(error, (UnexpectedRedirect, UnsendableLastEventId)):
            self.machine.handle_fatal(error)
        elif isinstance(error, TidingsError):
            self.machine.handle_error(error)
        elif isinstance(error, retried):
            failed = ConnectionFailed()
            failed.__cause__ = error
            # The library was given the same limit. If it is the first to notice, it still is too late that ended the attempt.
            self.machine.handle_timeout()
            self.machine.handle_error(failed)
        else:
            self.machine.handle_fatal(error)

    def opened(self) -> Open:
        head = self.head
        return Open("", {}) if head is None else Open(head.url or self.url, head.headers)

    def error(self, step: Step) -> Any:
        """Why a connection ended, or could not be made: a ``TidingsError``, unless somebody made a mistake."""
        head = self.head
        # Not `or`: those of requests are false if their status is bad.
        response = head if head is None or head.response is None else head.response
        if step.cause == "status":
            error: UnexpectedResponse = UnexpectedStatus(step.value, response)
        elif step.cause == "content_type":
            error = UnexpectedContentType(step.value, response)
        elif step.cause in ("transport", "decode"):
            return step.value
        else:
            return _ERRORS[step.cause or "end"]()
        error.body = self.refusal
        return error


_ERRORS: dict[str, type[TidingsError]] = {
    "end": StreamEnded,
    "connect_timeout": ConnectTimeout,
    "idle_timeout": IdleTimeout,
}


def fresh_headers_failed(error: Exception) -> FreshHeadersFailed:
    """The error of the hook as one of ours."""
    failed = FreshHeadersFailed()
    failed.__cause__ = error
    return failed


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else value.encode("utf-8", "replace")


class Link(Protocol):
    """What a source holds on to."""

    @property
    def core(self) -> Core: ...
    def close(self) -> None: ...


class Source:
    """What a source says of itself, and its end."""

    _link: Link

    def __del__(self) -> None:
        link = getattr(self, "_link", None)  # there is none if the arguments were no good
        if link is not None:
            link.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.ready_state.name}>"

    @property
    def url(self) -> str:
        """The URL that was given, and that every attempt goes to."""
        return self._link.core.url

    @property
    def ready_state(self) -> ReadyState:
        """The state, as of the last item."""
        return ReadyState(self._link.core.machine.ready_state)

    @property
    def last_event_id(self) -> str:
        """The last event ID: that of the last event given, or one that came without an event behind it. ``""`` if there is none."""
        return self._link.core.machine.last_event_id

    @property
    def reconnection_time_ms(self) -> int:
        """The reconnection time: what the stream has set, else what was given."""
        return self._link.core.machine.reconnection_time_ms
