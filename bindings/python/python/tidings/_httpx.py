"""httpx and httpx2 as transports. They are the same but for their name."""

from __future__ import annotations

import socket
import sys
from typing import Any

from ._responses import async_httpx_chunks, httpx_chunks
from .transports import AsyncResponse, Request, Response


class HttpxTransport:
    """A ``Client``."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._library = _library_of(client)
        self.errors = _errors(self._library)

    def open(self, request: Request) -> Response:
        prepared, options = _prepare(self.client, self._library, request)
        response = self.client.send(prepared, stream=True, follow_redirects=False, **options)
        _wait_for_chunks(response)
        chunks = httpx_chunks(response)

        def shutdown() -> None:
            stream = response.extensions.get("network_stream")
            # With HTTP/2 other responses come over the same connection.
            if stream is not None and response.http_version.startswith("HTTP/1"):
                _shutdown(stream.get_extra_info("socket"))

        url = str(response.url)
        return Response(response.status_code, response.headers, chunks, response.close, shutdown, url, response)


class AsyncHttpxTransport:
    """An ``AsyncClient``."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._library = _library_of(client)
        self.errors = _errors(self._library)

    async def open(self, request: Request) -> AsyncResponse:
        prepared, options = _prepare(self.client, self._library, request)
        response = await self.client.send(prepared, stream=True, follow_redirects=False, **options)
        _wait_for_chunks(response)
        chunks = async_httpx_chunks(response)
        return AsyncResponse(
            response.status_code, response.headers, chunks, response.aclose, str(response.url), response
        )


def library() -> Any:
    """httpx or httpx2, whichever is installed."""
    try:
        import httpx

        return httpx
    except ImportError:
        pass
    try:
        import httpx2

        return httpx2
    except ImportError:
        raise ImportError("without a client, httpx is needed: pip install 'tidings[httpx]'") from None


def _library_of(client: Any) -> Any:
    for base in type(client).__mro__:
        name = base.__module__.partition(".")[0]
        if name in ("httpx", "httpx2"):
            return sys.modules[name]
    raise TypeError(f"{type(client).__name__} is no client of httpx or httpx2")


def _errors(library: Any) -> tuple[type[Exception], ...]:
    # Not all of TransportError: to speak another protocol than HTTP will not become possible.
    return (
        library.TimeoutException,
        library.NetworkError,
        library.ProtocolError,
        library.ProxyError,
        library.DecodingError,
    )


def _prepare(client: Any, library: Any, request: Request) -> tuple[Any, dict[str, Any]]:
    # That of reading is for the head, and is taken away behind it.
    timeout = library.Timeout(request.connect_timeout)
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    if request.cross_origin:
        # Not by the client, which adds the headers and cookies that it has of its own.
        extensions = {"timeout": timeout.as_dict()}
        prepared = library.Request(
            request.method, request.url, headers=headers, content=request.body, extensions=extensions
        )
        return prepared, {"auth": None}
    return client.build_request(request.method, request.url, headers=headers, content=request.body, timeout=timeout), {}


def _wait_for_chunks(response: Any) -> None:
    """Lets chunks take as long as they like: what is too long, the event source knows. The timeout is looked up when reading begins."""
    response.request.extensions["timeout"]["read"] = None


def _shutdown(connection: Any) -> None:
    """Ends a read that another thread waits in."""
    if connection is not None:
        # Not the method of an SSLSocket, which also forgets what the other thread reads with.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
