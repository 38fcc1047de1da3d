"""How an event source makes its requests: with an HTTP library, behind an interface that is small enough to write one's own.

A transport has ``open``, which makes one request and gives the head of the response with the chunks of its body, and
``errors``, the exceptions after which another attempt makes sense::

    class MyTransport:
        errors = (OSError,)

        def open(self, request):
            response = my_library.request(request.method, request.url, request.headers)
            return Response(response.status, response.headers, response.chunks(), response.close)

    source = tidings.EventSource(url, client=MyTransport())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
    from typing import Protocol

    from typing_extensions import Buffer
else:
    Protocol = object

__all__ = ["AsyncResponse", "AsyncTransport", "Request", "Response", "Transport"]


class Request(NamedTuple):
    """A request to make: this one, without following a redirect."""

    method: str
    url: str
    headers: dict[str, str]
    """Their names are in lower case, their values to be sent as UTF-8. ``Last-Event-ID`` is among them."""
    body: bytes | None
    connect_timeout: float | None
    """How many seconds it takes until the event source gives up waiting for the head, or ``None``. The transport should give up then,
    too, and must not limit the time between two chunks after it."""
    cross_origin: bool
    """A redirect led away from the origin of the URL that was given: credentials that the client has of its own must stay behind."""


class Response(NamedTuple):
    """The response of a transport."""

    status: int
    headers: Mapping[str, str]
    """In any case of letters, or in lower case."""
    chunks: Iterable[Buffer]
    """Those of the body, as they come; decompressed, and not decoded. The end is the end of the body, also if it is all right."""
    close: Callable[[], object]
    """Called once, by the thread that reads."""
    shutdown: Callable[[], object] | None = None
    """Makes a thread that waits for a chunk stop waiting. Called by another one. Without it the thread stays until a chunk comes."""
    url: str = ""
    """Where it came from."""
    response: Any = None
    """What the library has as a response."""


class AsyncResponse(NamedTuple):
    """The response of an async transport. What is not explained is as in ``Response``."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterable[Buffer]
    close: Callable[[], Awaitable[object] | None]
    """Called once, by the task that reads."""
    url: str = ""
    response: Any = None


class Transport(Protocol):
    """Makes requests for an ``EventSource``."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What ``open`` and the chunks raise when a connection cannot be made, or breaks.

        Other exceptions are taken for mistakes: they end the event source, and come through as they are.
        """

    def open(self, request: Request) -> Response:
        """Makes a request and waits for the head of the response. Called in a thread of the event source."""


class AsyncTransport(Protocol):
    """Makes requests for an ``AsyncEventSource``."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """As with ``Transport``."""

    async def open(self, request: Request) -> AsyncResponse:
        """Makes a request and waits for the head of the response. It is cancelled if that takes too long."""
