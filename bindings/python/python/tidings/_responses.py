"""The responses of HTTP libraries as chunks of bytes.

None of the libraries is imported: a response is known by what only that library's responses have.
"""

from __future__ import annotations

from ._errors import UnexpectedContentEncoding, UnexpectedContentType, UnexpectedStatus
from ._events import AsyncEvents, Events
from ._typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from typing import Any, Literal

    from ._tidings import Comment, ReconnectionTime, ServerSentEvent

_READ_BYTES = 65536


@overload
def events(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: Literal[False] = ...,
    reconnection_times: Literal[False] = ...,
) -> Events[ServerSentEvent]: ...
@overload
def events(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: Literal[False] = ...,
) -> Events[ServerSentEvent | Comment]: ...
@overload
def events(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: bool = ...,
) -> Events[ServerSentEvent | Comment | ReconnectionTime]: ...
def events(response: Any, **options: Any) -> Events[Any]:
    """Decodes the body of a response of httpx, httpx2, requests, urllib3, ``http.client`` or ``urllib``.

    The response has to be one that streams: ``client.stream(...)`` of httpx, ``stream=True`` of requests,
    ``preload_content=False`` of urllib3. It is closed when the iteration ends, however it does.

    The options are those of ``iter_events``. What the library raises comes through. A response that is no event stream
    raises ``UnexpectedStatus`` or ``UnexpectedContentType``, and stays open, so that its body can be read.
    """
    for known_by, adapter in _ADAPTERS:
        if hasattr(response, known_by):
            return Events(*adapter(response), **options)
    raise TypeError(
        f"{type(response).__name__} is no response that is known: aevents() is for those of aiohttp, "
        "and iter_events() for the chunks of any other"
    )


@overload
def aevents(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: Literal[False] = ...,
    reconnection_times: Literal[False] = ...,
) -> AsyncEvents[ServerSentEvent]: ...
@overload
def aevents(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: Literal[False] = ...,
) -> AsyncEvents[ServerSentEvent | Comment]: ...
@overload
def aevents(
    response: Any,
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: bool = ...,
) -> AsyncEvents[ServerSentEvent | Comment | ReconnectionTime]: ...
def aevents(response: Any, **options: Any) -> AsyncEvents[Any]:
    """Decodes the body of a response of aiohttp, or of the async clients of httpx and httpx2. All else is as with ``events``."""
    for known_by, adapter in _ASYNC_ADAPTERS:
        if hasattr(response, known_by):
            return AsyncEvents(*adapter(response), **options)
    raise TypeError(
        f"{type(response).__name__} is no response that is known: events() is for those of requests, urllib3 and "
        "the standard library, and aiter_events() for the chunks of any other"
    )


def _check(response: Any, status: int, content_type: str | None) -> None:
    """HTML 9.2.3: another status, or another content type, and it is no event stream."""
    if status != 200:
        raise UnexpectedStatus(status, response)
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence != "text/event-stream":
        raise UnexpectedContentType(content_type, response)


def _httpx(response: Any) -> tuple[Iterable[bytes], Callable[[], None]]:
    if not (response.is_stream_consumed or hasattr(response.stream, "__iter__")):
        raise TypeError("this response is an async client's: aevents() is for those")
    _check(response, response.status_code, response.headers.get("content-type"))
    return httpx_chunks(response), response.close


def httpx_chunks(response: Any) -> Iterator[bytes]:
    """What ``iter_bytes`` gives."""
    if not _is_raw(response):
        yield from response.iter_bytes()
        return
    response.is_stream_consumed = True
    try:
        yield from response.stream
    except Exception as error:
        _add_request(error, response)
        raise


def _async_httpx(response: Any) -> tuple[AsyncIterable[bytes], Callable[[], Awaitable[None]]]:
    if not (response.is_stream_consumed or hasattr(response.stream, "__aiter__")):
        raise TypeError("this response is no async client's: events() is for those")
    _check(response, response.status_code, response.headers.get("content-type"))
    return async_httpx_chunks(response), response.aclose


async def async_httpx_chunks(response: Any) -> AsyncIterator[bytes]:
    """What ``aiter_bytes`` gives."""
    if not _is_raw(response):
        async for chunk in response.aiter_bytes():
            yield chunk
        return
    response.is_stream_consumed = True
    try:
        async for chunk in response.stream:
            yield chunk
    except Exception as error:
        _add_request(error, response)
        raise


def _is_raw(response: Any) -> bool:
    """Whether ``iter_bytes`` would only go through ``response.stream``, by way of three generators and with a look at each chunk.

    It has the body of a response that was read, too, and says of a closed one that it is closed.
    """
    return not ("content-encoding" in response.headers or response.is_stream_consumed or response.is_closed)


def _add_request(error: Exception, response: Any) -> None:
    """Does what ``iter_raw`` does to the library's own errors, which are known by their attribute."""
    if hasattr(type(error), "request"):
        try:
            error.request = response.request  # type: ignore[attr-defined]
        except RuntimeError:
            pass  # a response that was made by hand has none


def _requests(response: Any) -> tuple[Iterable[bytes], Callable[[], None]]:
    _check(response, response.status_code, response.headers.get("content-type"))
    return _requests_chunks(response), response.close


def _requests_chunks(response: Any) -> Iterable[bytes]:
    if _is_chunked(response.raw) or getattr(response, "_content_consumed", False):
        chunks: Iterable[bytes] = response.iter_content(_READ_BYTES)
        return chunks
    return _read_requests(response)


def _is_chunked(raw: Any) -> bool:
    """Whether ``stream(n)`` gives what is there. It waits for n bytes, unless it can see chunks. With chunks it is faster."""
    return bool(raw.chunked and raw.supports_chunked_reads())


def _read_requests(response: Any) -> Iterator[bytes]:
    """What ``iter_content`` does, with ``read1``."""
    try:
        yield from _read_urllib3(response.raw)
    except Exception as error:
        raise _requests_error(error) from error


def _requests_error(error: Exception) -> Exception:
    """The error of urllib3 as that of requests."""
    import urllib3.exceptions
    from requests import exceptions

    for kind, translation in (
        (urllib3.exceptions.ReadTimeoutError, exceptions.ConnectionError),
        (urllib3.exceptions.ProtocolError, exceptions.ChunkedEncodingError),
        (urllib3.exceptions.DecodeError, exceptions.ContentDecodingError),
        (urllib3.exceptions.SSLError, exceptions.SSLError),
    ):
        if isinstance(error, kind):
            return translation(error)
    return error


def _urllib3(response: Any) -> tuple[Iterable[bytes], Callable[[], None]]:
    _check(response, response.status, response.headers.get("content-type"))

    def close() -> None:
        response.close()
        response.release_conn()

    if _is_chunked(response):
        return response.stream(_READ_BYTES, decode_content=True), close
    return _read_urllib3(response), close


def _read_urllib3(response: Any) -> Iterator[bytes]:
    read1 = response.read1
    while chunk := read1(_READ_BYTES, decode_content=True):
        yield chunk


def _http_client(response: Any) -> tuple[Iterable[bytes], Callable[[], None]]:
    _check(response, response.status, response.headers.get("content-type"))
    content_encoding = response.headers.get("content-encoding", "identity")
    if content_encoding.lower() != "identity":
        raise UnexpectedContentEncoding(content_encoding, response)

    def read() -> Iterator[bytes]:
        read1 = response.read1
        while chunk := read1(_READ_BYTES):
            yield chunk

    return read(), response.close


def _aiohttp(response: Any) -> tuple[AsyncIterable[bytes], Callable[[], None]]:
    _check(response, response.status, response.headers.get("content-type"))
    return response.content.iter_any(), response.close


# By the attribute that tells them from those before and after: requests' have iter_content, too, and so on.
_ADAPTERS: tuple[tuple[str, Callable[[Any], tuple[Iterable[bytes], Callable[[], object]]]], ...] = (
    ("iter_raw", _httpx),
    ("iter_content", _requests),
    ("read_chunked", _urllib3),
    ("read1", _http_client),
)

_ASYNC_ADAPTERS: tuple[tuple[str, Callable[[Any], tuple[AsyncIterable[bytes], Callable[[], Any]]]], ...] = (
    ("aiter_raw", _async_httpx),
    ("request_info", _aiohttp),
)
