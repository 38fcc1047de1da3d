"""Serving events with aiohttp.

::

    async def prices(request):
        async def events():
            yield tidings.encode(json={"price": 21.5}, id="1")
        return tidings.aiohttp.EventSourceResponse(events())

    app.on_shutdown.append(tidings.aiohttp.end_responses)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiohttp import web
from multidict import CIMultiDict

from ._serving import HEADERS, decode_last_event_id
from ._streaming import Sending
from .asgi import Shutdown, _first

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from aiohttp.abc import AbstractStreamWriter

    from ._serving import _Item

__all__ = ["EventSourceResponse", "end_responses", "last_event_id"]

_shutdowns: WeakKeyDictionary[web.Application, Shutdown] = WeakKeyDictionary()


class EventSourceResponse(web.StreamResponse):
    """A response that sends what an async iterable yields. To be returned by a handler.

    Items and options are as for ``tidings.asgi.EventSourceResponse``. The source is closed when the client is gone. aiohttp
    says so when something is sent, so with the next item or keep-alive; or at once where the server was started with
    ``handler_cancellation=True``.
    """

    def __init__(
        self,
        source: AsyncIterable[_Item],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        keep_alive: float = 15,
        send_timeout: float = 30,
        retry: int | None = None,
    ) -> None:
        all_headers = CIMultiDict(HEADERS)
        all_headers.update(headers or {})
        super().__init__(status=status, headers=all_headers)
        self._sending = Sending(source, self.write, keep_alive, send_timeout)
        self._first = _first(retry)
        self._begun = False

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Sends the response, all of it: aiohttp calls it for what a handler returned."""
        writer = await super().prepare(request)
        if self._begun or request.method == "HEAD":
            return writer
        self._begun = True
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with _shutdown_of(request)._ending(end):
            if await self._sending.run(self._first, end):
                await self.write_eof()
            else:
                # Neither is the end of the body for a client that reads nothing, nor another request of it for us.
                self.force_close()
                if request.transport is not None:
                    request.transport.abort()
        return writer


async def end_responses(app: web.Application) -> None:
    """Ends all responses of the application, so that the server can stop: for ``app.on_shutdown``."""
    _shutdowns.setdefault(app, Shutdown())()


def _shutdown_of(request: web.BaseRequest) -> Shutdown:
    if not isinstance(request, web.Request):
        return Shutdown()  # a server without an application
    # That of the outermost application, which is the one that hears of the end first.
    return _shutdowns.setdefault(request.match_info.apps[0], Shutdown())


def last_event_id(request: web.BaseRequest) -> str:
    """Where a client wants to go on: the ID of the last event it has, or "" if it has none.

    The header counts first, then the query parameter ``lastEventId``.
    """
    for name, value in request.raw_headers:
        if name.lower() == b"last-event-id":
            return decode_last_event_id(value)
    return decode_last_event_id(request.query.get("lastEventId", "").encode("utf-8", "surrogateescape"))
