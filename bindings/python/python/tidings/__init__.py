"""Event streams (Server-Sent Events, ``text/event-stream``), read and written as the HTML standard says.

Reading the response of an HTTP library, here httpx::

    with httpx.stream("GET", url) as response:
        for event in tidings.events(response):
            print(event.event, event.data)

``events`` and ``aevents`` take the response of httpx, httpx2, requests, aiohttp, urllib3, ``http.client`` or ``urllib``;
``iter_events`` and ``aiter_events`` any chunks of bytes; ``Decoder`` one chunk at a time. ``encode`` writes.

``EventSource`` and ``AsyncEventSource`` make the requests, too, and connect again by themselves. A ``Hub`` sends what is published
to it to all who subscribe.
"""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
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


def __getattr__(name: str) -> object:
    # Threads, asyncio, URLs: whoever only decodes does not wait for them.
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


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
