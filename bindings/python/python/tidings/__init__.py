"""Event streams (Server-Sent Events, ``text/event-stream``), read and written as the HTML standard says.

Reading the response of an HTTP library, here httpx::

    with httpx.stream("GET", url) as response:
        for event in tidings.events(response):
            print(event.event, event.data)

``events`` and ``aevents`` take the response of httpx, httpx2, requests, aiohttp, urllib3, ``http.client`` or ``urllib``;
``iter_events`` and ``aiter_events`` any chunks of bytes; ``Decoder`` one chunk at a time. ``encode`` writes.

``EventSource`` and ``AsyncEventSource`` make the requests, too, and connect again by themselves. A ``Hub`` sends what is published
to it to all who subscribe. ``tidings.asgi``, ``tidings.wsgi`` and ``tidings.aiohttp`` have responses for servers.
"""

from __future__ import annotations

from ._errors import (
    ConnectionFailed,
    ConnectTimeout,
    EventSourceError,
    EventTooLarge,
    FreshHeadersFailed,
    IdleTimeout,
    InvalidHeader,
    InvalidName,
    InvalidTopic,
    InvalidUrl,
    PublishError,
    StreamEnded,
    TidingsError,
    TooManyRedirects,
    UnexpectedContentEncoding,
    UnexpectedContentType,
    UnexpectedRedirect,
    UnexpectedResponse,
    UnexpectedStatus,
    UnsendableLastEventId,
)
from ._events import AsyncEvents, Events, aiter_events, iter_events
from ._responses import aevents, events
from ._tidings import (
    DEFAULT_MAX_EVENT_BYTES,
    Comment,
    Decoder,
    ReconnectionTime,
    ServerSentEvent,
    __version__,
    encode,
)

TYPE_CHECKING = False  # not imported from `typing`: see _typing.py
if TYPE_CHECKING:
    from . import aiohttp as aiohttp
    from . import asgi as asgi
    from . import transports as transports
    from . import wsgi as wsgi
    from ._async_source import AsyncEventSource
    from ._hub import Hub, Subscription
    from ._source import EventSource
    from ._source_core import TRANSIENT_STATUSES, Attempt, Open, ReadyState, Reconnecting

_MODULES = {
    "AsyncEventSource": "_async_source",
    "EventSource": "_source",
    "Hub": "_hub",
    "Subscription": "_hub",
    "TRANSIENT_STATUSES": "_source_core",
    "Attempt": "_source_core",
    "Open": "_source_core",
    "ReadyState": "_source_core",
    "Reconnecting": "_source_core",
}


_SUBMODULES = ("aiohttp", "asgi", "transports", "wsgi")


def __getattr__(name: str) -> object:
    # Threads, asyncio, URLs: whoever only decodes does not wait for them.
    module = _MODULES.get(name)
    if module is None and name not in _SUBMODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = import_module(f".{module or name}", __name__)
    if module is not None:
        value = globals()[name] = getattr(value, name)
    return value


def __dir__() -> list[str]:
    # For help() and completion, which would not know of what is not imported yet.
    return sorted({*globals(), *__all__})


__all__ = [
    "DEFAULT_MAX_EVENT_BYTES",
    "TRANSIENT_STATUSES",
    "AsyncEventSource",
    "AsyncEvents",
    "Attempt",
    "Comment",
    "ConnectTimeout",
    "ConnectionFailed",
    "Decoder",
    "EventSource",
    "EventSourceError",
    "EventTooLarge",
    "Events",
    "FreshHeadersFailed",
    "Hub",
    "IdleTimeout",
    "InvalidHeader",
    "InvalidName",
    "InvalidTopic",
    "InvalidUrl",
    "Open",
    "PublishError",
    "ReadyState",
    "Reconnecting",
    "ReconnectionTime",
    "ServerSentEvent",
    "StreamEnded",
    "Subscription",
    "TidingsError",
    "TooManyRedirects",
    "UnexpectedContentEncoding",
    "UnexpectedContentType",
    "UnexpectedRedirect",
    "UnexpectedResponse",
    "UnexpectedStatus",
    "UnsendableLastEventId",
    "__version__",
    "aevents",
    "aiter_events",
    "encode",
    "events",
    "iter_events",
]
