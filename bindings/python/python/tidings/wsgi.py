"""Serving events with WSGI: Flask, Django, or without a framework.

::

    @app.get("/prices")
    def prices():
        def events():
            yield tidings.encode(json={"price": 21.5}, id="1")
        return flask.Response(tidings.wsgi.stream(events()), headers=tidings.wsgi.HEADERS)

Each response takes a thread of the server for as long as it lasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ._serving import HEADERS, KEEP_ALIVE, decode_last_event_id, frame
from ._tidings import encode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from ._serving import _Item

__all__ = ["HEADERS", "KEEP_ALIVE", "last_event_id", "stream"]


def stream(source: Iterable[_Item], *, retry: int | None = None) -> Generator[bytes, None, None]:
    """The body of a response that sends what an iterable yields.

    Items are as for ``tidings.asgi.EventSourceResponse``. Something is sent at once: ``retry``, the reconnection time in
    milliseconds, or a comment. The source is closed when the server closes the body, as it does when the client is gone.

    It cannot wait for two things, so keep-alives are the source's: one that waits for a queue with a time-out yields
    ``KEEP_ALIVE`` when that is over. It is also how a server finds out that a client is gone.
    """
    try:
        yield KEEP_ALIVE if retry is None else encode(retry=retry)
        for item in source:
            yield frame(item)
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def last_event_id(environ: Mapping[str, Any]) -> str:
    """Where a client wants to go on: the ID of the last event it has, or "" if it has none.

    Takes the WSGI environment: ``request.environ`` of Flask, ``request.META`` of Django. The header counts first, then the
    query parameter ``lastEventId``.
    """
    header = environ.get("HTTP_LAST_EVENT_ID")
    if header is not None:
        return decode_last_event_id(header.encode("latin-1"))  # WSGI has bytes as text (PEP 3333)
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return decode_last_event_id(query.get("lastEventId", [""])[0].encode())
