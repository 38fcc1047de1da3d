"""aiohttp as a transport."""

from __future__ import annotations

from typing import Any

from .transports import AsyncResponse, Request


class AiohttpTransport:
    """A ``ClientSession``."""

    def __init__(self, session: Any) -> None:
        import aiohttp

        self._session = session
        self.errors: tuple[type[Exception], ...] = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)

    async def open(self, request: Request) -> AsyncResponse:
        import aiohttp

        session = self._session
        if request.cross_origin:
            # Another, over the same connector: this one adds the headers, cookies and passwords that it has of its own.
            session = aiohttp.ClientSession(
                connector=session.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            response = await session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                # That it takes too long, the event source knows, and cancels it.
                timeout=aiohttp.ClientTimeout(total=None),
            )
        except aiohttp.ClientResponseError as error:
            if error.__cause__ is None:
                raise
            # What was sent is no HTTP.
            raise aiohttp.ClientConnectionError(str(error.message)) from error
        finally:
            if request.cross_origin:
                session.detach()
        chunks = response.content.iter_any()
        return AsyncResponse(response.status, response.headers, chunks, response.close, str(response.url), response)
