"""Iterating over the events of chunks that come from somewhere, with and without async."""

from __future__ import annotations

from ._tidings import (
    DEFAULT_MAX_EVENT_BYTES,
    ChunkEvents,
    Comment,
    EventIterator,
    ReconnectionTime,
    ServerSentEvent,
)
from ._typing import TYPE_CHECKING, Generic, overload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Any, Literal, TypeVar

    from typing_extensions import Buffer, Self

    _ItemT = TypeVar("_ItemT", bound=ServerSentEvent | Comment | ReconnectionTime)


class Events(EventIterator["_ItemT"]):
    """The events of an iterable of chunks: an iterator, and a context manager that closes where they come from.

    Whatever ends the iteration closes it too: the end of the stream, an error, and dropping the iterator.
    """

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def json(self) -> Iterator[Any]:
        """What the data of each event says as JSON. Comments and reconnection times are left out."""
        return (item.json() for item in self if isinstance(item, ServerSentEvent))


class AsyncEvents(Generic["_ItemT"]):
    """The events of an async iterable of chunks: an async iterator, and an async context manager that closes it.

    The end of the stream and an error close it too. Dropping it does so only when the event loop gets round to it, as with
    every async generator: so use ``async with`` if the loop over it can be left early.
    """

    __slots__ = ("_closing", "_events", "_found")

    def __init__(
        self,
        chunks: AsyncIterable[Buffer],
        on_close: Callable[[], Awaitable[object] | None] | None = None,
        *,
        stop: str | None = None,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        last_event_id: str = "",
        comments: bool = False,
        reconnection_times: bool = False,
    ) -> None:
        if not hasattr(chunks, "__aiter__"):
            raise TypeError(f"an async iterable of chunks of bytes is needed, not {type(chunks).__name__}")
        self._found = ChunkEvents(
            stop=stop,
            max_event_bytes=max_event_bytes,
            last_event_id=last_event_id,
            comments=comments,
            reconnection_times=reconnection_times,
        )
        self._closing = _Closing(chunks, on_close)
        self._events: AsyncGenerator[_ItemT, None] = _decode(chunks, self._found, self._closing)

    def __aiter__(self) -> AsyncIterator[_ItemT]:
        # Not self: an async generator is asked for its next item without a call of Python in between.
        return self._events

    def __anext__(self) -> Awaitable[_ItemT]:
        return self._events.__anext__()

    async def aclose(self) -> None:
        """Ends the iteration and closes where the chunks come from."""
        await self._events.aclose()
        await self._closing()  # a generator that was never asked for anything has not done it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.aclose()

    async def json(self) -> AsyncIterator[Any]:
        """What the data of each event says as JSON. Comments and reconnection times are left out."""
        async for item in self._events:
            if isinstance(item, ServerSentEvent):
                yield item.json()

    @property
    def last_event_id(self) -> str:
        """The last event ID of all chunks read so far, so it may be ahead of the event taken last."""
        return self._found.last_event_id

    @property
    def reconnection_time_ms(self) -> int | None:
        """The reconnection time that the stream set last, in milliseconds, or ``None`` if it has set none."""
        return self._found.reconnection_time_ms


class _Closing:
    """What is to be done in the end, once."""

    __slots__ = ("_chunks", "_on_close")

    def __init__(self, chunks: AsyncIterable[Buffer], on_close: Callable[[], Awaitable[object] | None] | None) -> None:
        self._chunks: AsyncIterable[Buffer] | None = chunks
        self._on_close = on_close

    async def __call__(self) -> None:
        chunks, self._chunks = self._chunks, None
        on_close, self._on_close = self._on_close, None
        try:
            # An async generator that is only dropped is closed by the event loop later, if it has one that does so: trio has not.
            aclose = getattr(chunks, "aclose", None)
            if aclose is not None:
                await aclose()
        finally:
            await self._call(on_close)

    async def _call(self, on_close: Callable[[], Awaitable[object] | None] | None) -> None:
        if on_close is not None:
            closing = on_close()
            if closing is not None:
                await closing


async def _decode(chunks: AsyncIterable[Buffer], found: ChunkEvents, closing: _Closing) -> AsyncGenerator[Any, None]:
    push = found.push
    try:
        async for chunk in chunks:
            for item in push(chunk):
                yield item
            if found.ended:
                return
    finally:
        await closing()


@overload
def iter_events(
    chunks: Iterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: Literal[False] = ...,
    reconnection_times: Literal[False] = ...,
) -> Events[ServerSentEvent]: ...
@overload
def iter_events(
    chunks: Iterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: Literal[False] = ...,
) -> Events[ServerSentEvent | Comment]: ...
@overload
def iter_events(
    chunks: Iterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: bool = ...,
) -> Events[ServerSentEvent | Comment | ReconnectionTime]: ...
def iter_events(chunks: Iterable[Buffer], **options: Any) -> Events[Any]:
    """Decodes an iterable of chunks of bytes, event by event.

    It asks for the next chunk when the events of the last one were taken. What the iterable raises comes through, behind
    the events before it, and so does ``EventTooLarge``.

    Events whose data is ``stop``, such as ``"[DONE]"``, end the iteration and are not given. The other options are those
    of ``Decoder``.
    """
    return Events(chunks, **options)


@overload
def aiter_events(
    chunks: AsyncIterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: Literal[False] = ...,
    reconnection_times: Literal[False] = ...,
) -> AsyncEvents[ServerSentEvent]: ...
@overload
def aiter_events(
    chunks: AsyncIterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: Literal[False] = ...,
) -> AsyncEvents[ServerSentEvent | Comment]: ...
@overload
def aiter_events(
    chunks: AsyncIterable[Buffer],
    *,
    stop: str | None = ...,
    max_event_bytes: int = ...,
    last_event_id: str = ...,
    comments: bool = ...,
    reconnection_times: bool = ...,
) -> AsyncEvents[ServerSentEvent | Comment | ReconnectionTime]: ...
def aiter_events(chunks: AsyncIterable[Buffer], **options: Any) -> AsyncEvents[Any]:
    """Decodes an async iterable of chunks of bytes, event by event. All else is as with ``iter_events``."""
    return AsyncEvents(chunks, **options)
