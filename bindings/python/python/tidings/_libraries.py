"""Which transport a client is for. No library is imported, but for httpx where no client was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .transports import AsyncTransport, Transport


def transport_for(client: Any) -> tuple[Transport, Callable[[], object] | None]:
    """The transport, and what closes it, if it is not the user's."""
    if client is None:
        from ._httpx import HttpxTransport, library

        own = HttpxTransport(library().Client(timeout=None))
        return own, own.client.close
    if _is_httpx(client) and hasattr(client, "close"):
        from ._httpx import HttpxTransport

        return HttpxTransport(client), None
    if hasattr(client, "prepare_request"):
        from ._requests import RequestsTransport

        return RequestsTransport(client), None
    if hasattr(client, "open"):
        return client, None
    raise _unknown(client, "AsyncEventSource is for the async ones")


def async_transport_for(client: Any) -> tuple[AsyncTransport, Callable[[], Awaitable[object]] | None]:
    """The transport, and what closes it, if it is not the user's."""
    if client is None:
        from ._httpx import AsyncHttpxTransport, library

        own = AsyncHttpxTransport(library().AsyncClient(timeout=None))
        return own, own.client.aclose
    if _is_httpx(client) and hasattr(client, "aclose"):
        from ._httpx import AsyncHttpxTransport

        return AsyncHttpxTransport(client), None
    if hasattr(client, "ws_connect"):
        from ._aiohttp import AiohttpTransport

        return AiohttpTransport(client), None
    if hasattr(client, "open"):
        return client, None
    raise _unknown(client, "EventSource is for those without async")


def _is_httpx(client: Any) -> bool:
    return hasattr(client, "build_request")


def _unknown(client: Any, instead: str) -> TypeError:
    return TypeError(
        f"{type(client).__name__} is no client that is known: {instead}, "
        "and tidings.transports says how any other is plugged in"
    )
