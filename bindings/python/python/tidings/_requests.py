"""requests as a transport."""

from __future__ import annotations

import contextlib
from typing import Any

from ._httpx import _shutdown
from ._responses import _requests_chunks
from .transports import Request, Response


class RequestsTransport:
    """A ``Session``."""

    def __init__(self, session: Any) -> None:
        from requests import exceptions

        self._session = session
        self.errors = (
            exceptions.ConnectionError,
            exceptions.Timeout,
            exceptions.ChunkedEncodingError,
            exceptions.ContentDecodingError,
        )

    def open(self, request: Request) -> Response:
        import requests

        session = self._session
        headers = {name: value.encode() for name, value in request.headers.items()}
        described = requests.Request(request.method, request.url, headers=headers, data=request.body)
        # Not by the session, which adds the headers, cookies and passwords that it has of its own.
        prepared = described.prepare() if request.cross_origin else session.prepare_request(described)
        settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
        # The timeout of reading is for the head, and is taken away behind it.
        response = session.send(prepared, allow_redirects=False, timeout=request.connect_timeout, **settings)
        connection = _socket(response.raw)
        if connection is not None:
            with contextlib.suppress(OSError):  # closed, if the body was at its end with the head
                connection.settimeout(None)
        chunks = _requests_chunks(response)

        def shutdown() -> None:
            _shutdown(connection)

        return Response(
            response.status_code, response.headers, chunks, response.close, shutdown, response.url, response
        )


def _socket(raw: Any) -> Any:
    """The socket of a response. An adapter that is not of requests may have none; then the timeout stays."""
    return getattr(getattr(raw, "_sock_shutdown", None), "__self__", None)
