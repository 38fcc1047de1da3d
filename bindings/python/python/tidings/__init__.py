"""Event streams (Server-Sent Events, ``text/event-stream``), read and written as the HTML standard says.

Reading the response of an HTTP library, here httpx::

    with httpx.stream("GET", url) as response:
        for event in tidings.events(response):
            print(event.event, event.data)

``events`` and ``aevents`` take the response of httpx, httpx2, requests, aiohttp, urllib3, ``http.client`` or ``urllib``;
``iter_events`` and ``aiter_events`` any chunks of bytes; ``Decoder`` one chunk at a time. ``encode`` writes.
"""

from ._errors import (
    EventTooLarge,
    InvalidName,
    TidingsError,
    UnexpectedContentEncoding,
    UnexpectedContentType,
    UnexpectedResponse,
    UnexpectedStatus,
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

__all__ = [
    "DEFAULT_MAX_EVENT_BYTES",
    "AsyncEvents",
    "Comment",
    "Decoder",
    "EventTooLarge",
    "Events",
    "InvalidName",
    "ReconnectionTime",
    "ServerSentEvent",
    "TidingsError",
    "UnexpectedContentEncoding",
    "UnexpectedContentType",
    "UnexpectedResponse",
    "UnexpectedStatus",
    "__version__",
    "aevents",
    "aiter_events",
    "encode",
    "events",
    "iter_events",
]
