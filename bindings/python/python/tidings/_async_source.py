"""The event source for asyncio: it reads in a task of its own, so that cancelling its user breaks no connection."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
from typing import TYPE_CHECKING, Any

from ._errors import ConnectionFailed, TidingsError
from ._libraries import async_transport_for
from ._source_core import (
    MAX_BACKLOG,
    MAX_REFUSAL,
    REFUSAL_SECONDS,
    Attempt,
    Core,
    Open,
    ReadyState,
    Reconnecting,
    Source,
    fresh_headers_failed,
)
from ._tidings import DEFAULT_MAX_EVENT_BYTES, Comment, ServerSentEvent, Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from ._hop import Hop
    from .transports import AsyncResponse, AsyncTransport

_CLOSED = int(ReadyState.CLOSED)


class AsyncEventSource(Source):
    """``EventSource`` for asyncio: an async iterator over events.

    Cancelling whoever waits for it loses nothing: it can be gone on with. One task iterates; any task or thread may close it. Use
    ``async with``, or ``aclose`` it.

    ``client`` is an async client of httpx or httpx2, a session of aiohttp, or any ``tidings.transports.AsyncTransport``.
    ``fresh_headers`` may be async. All else is as with ``EventSource``.
    """

    _link: _Link

    def __init__(
        self,
        url: str,
        *,
        client: AsyncTransport | Any = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        fresh_headers: Callable[[Attempt], Mapping[str, str] | Awaitable[Mapping[str, str]]] | None = None,
        last_event_id: str = "",
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        comments: bool = False,
        reconnect: bool = True,
        reconnection_time_ms: int = 3000,
        max_backoff: float = 60.0,
        jitter: float = 0.5,
        stable_after: float = 10.0,
        connect_timeout: float | None = 60.0,
        idle_timeout: float | None = None,
        retry_statuses: Iterable[int] = (),
        max_failures: int | None = None,
    ) -> None:
        core = Core(
            url,
            method=method,
            headers=headers,
            body=body,
            fresh_headers=fresh_headers,
            last_event_id=last_event_id,
            max_event_bytes=max_event_bytes,
            comments=comments,
            reconnect=reconnect,
            reconnection_time_ms=reconnection_time_ms,
            max_backoff=max_backoff,
            jitter=jitter,
            stable_after=stable_after,
            connect_timeout=connect_timeout,
            idle_timeout=idle_timeout,
            retry_statuses=list(retry_statuses),
            max_failures=max_failures,
        )
        self._link = _Link(core, *async_transport_for(client))

    async def __aiter__(self) -> AsyncIterator[ServerSentEvent]:
        # A generator for each loop: it dies when it is cancelled, and the next one goes on where it was.
        link = self._link
        while True:
            for item in link.core.machine:
                if type(item) is ServerSentEvent:
                    yield item
                elif type(item) is Step:
                    link.perform(item)
            if not await link.wait():
                return

    async def __anext__(self) -> ServerSentEvent:
        link = self._link
        while True:
            for item in link.core.machine:
                if type(item) is ServerSentEvent:
                    return item
                if type(item) is Step:
                    link.perform(item)
            if not await link.wait():
                raise StopAsyncIteration

    async def items(self) -> AsyncIterator[Open | ServerSentEvent | Comment | Reconnecting]:
        """Events, and what lies between them: connections that open, reconnections with their reasons, comments if asked for."""
        link = self._link
        while True:
            for item in link.core.machine:
                if type(item) is Step:
                    shown = link.perform(item)
                    if shown is not None:
                        yield shown
                else:
                    yield item
            if not await link.wait():
                return

    def close(self) -> None:
        """Closes the connection, for good, from any task or thread. Whoever waits for an event gets the end of the iteration.

        It does not wait until that has happened: ``aclose`` does.
        """
        self._link.close()

    async def aclose(self) -> None:
        """Closes the connection, for good, and waits until it is closed."""
        self._link.close()
        await self._link.closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self.aclose()


class _Link:
    """What the user's task and the task that reads have in common."""

    def __init__(
        self, core: Core, transport: AsyncTransport, close_transport: Callable[[], Awaitable[object]] | None
    ) -> None:
        self.core = core
        self._transport = transport
        self._close_transport = close_transport
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        """All that are not at their end."""
        self._user: asyncio.Future[None] | None = None
        """Done when something has happened."""
        self._room: asyncio.Future[None] | None = None
        """Done when the user has come to what was read."""
        self._backlog = 0
        """Bytes in the machine."""
        self._refused = False
        """The response is no event stream. To read its body for the error takes a time of its own, and the machine is told of no
        other: the head has come in time, and that it is late would be tried again, where what it says is final."""

    def perform(self, step: Step) -> Open | Reconnecting | None:
        """Does what the machine says. Returns what is to be shown of it."""
        if step.kind == "connect":
            self._connect()
            return None
        if step.kind == "open":
            return self.core.opened()
        error: Any = None if step.cause is None else self.core.error(step)
        if step.kind == "reconnecting":
            self._disconnect()
            return Reconnecting(step.delay or 0.0, error)
        self.close()
        if error is not None:
            raise error
        return None

    async def wait(self) -> bool:
        """Waits for something to happen. Returns whether there can be more."""
        machine = self.core.machine
        if machine.ready_state == _CLOSED:
            return False
        if self._user is not None:
            raise RuntimeError("this event source is in use by another task: use one for each")
        timeout = None if self._refused else machine.timeout()
        self._backlog = 0
        _done(self._room)
        loop = asyncio.get_running_loop()
        self._user = loop.create_future()
        timer = None if timeout is None else loop.call_later(timeout, _done, self._user)
        try:
            await self._user
        finally:
            self._user = None
            if timer is not None:
                timer.cancel()
        if not self._refused:
            machine.handle_timeout()
        return True

    def _connect(self) -> None:
        self._disconnect()
        self._loop = _running_loop()
        attempt = self.core.attempt()
        try:
            last_event_id = self.core.machine.handle_connecting(int.from_bytes(os.urandom(8), "little"))
        except TidingsError as error:
            self.core.fail(error, ())
            return
        self._reader = self._start(self._run(attempt, self.core.hop(last_event_id)))

    def _start(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _disconnect(self) -> None:
        reader, self._reader = self._reader, None
        self._backlog = 0
        self._refused = False
        if reader is not None:
            reader.cancel()

    def close(self) -> None:
        self.core.machine.close()
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            here = asyncio.get_running_loop() is loop
        except RuntimeError:
            here = False
        if here:
            self._stop()
        else:
            with contextlib.suppress(RuntimeError):  # closed by now
                loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        self._disconnect()
        _done(self._user)
        if not self._tasks and self._close_transport is not None:
            self._start(self._release())

    async def closed(self) -> None:
        """Waits until all is closed."""
        while self._tasks:
            await asyncio.wait(self._tasks.copy())
        await self._release()

    async def _release(self) -> None:
        """Closes the client, if it is ours."""
        close, self._close_transport = self._close_transport, None
        if close is not None:
            await close()

    # The task that reads. It knows nothing of the user's object, which can go.

    async def _run(self, attempt: Attempt, hop: Hop) -> None:
        task = asyncio.current_task()
        error: BaseException | None = None
        try:
            await self._read(attempt, hop)
        except Exception as exception:  # noqa: BLE001 (the user is in another task, and gets whatever it is)
            error = exception
        except asyncio.CancelledError as cancelled:
            # If it still is the reader, somebody has cancelled all tasks that there are.
            error = ConnectionFailed()
            error.__cause__ = cancelled
            raise
        finally:
            if self._reader is task:
                if error is not None:
                    self.core.fail(error, self._transport.errors)
                self._tell()
            if self.core.machine.ready_state == _CLOSED:
                await self._release()

    async def _read(self, attempt: Attempt, hop: Hop) -> None:
        response = await self._open(attempt, hop)
        try:
            if not self.core.accepts(response):
                self._refused = True
                body = await _beginning(response)
                self.core.answer(response)
                self.core.refusal = body
            elif self.core.answer(response):
                self._tell()
                await self._chunks(response)
                self.core.machine.handle_end()
        finally:
            with contextlib.suppress(Exception):  # it is over
                await _close(response)

    async def _chunks(self, response: AsyncResponse) -> None:
        push = self.core.machine.handle_chunk
        async for chunk in response.chunks:
            push(chunk)
            _done(self._user)
            self._backlog += len(chunk) if isinstance(chunk, bytes) else memoryview(chunk).nbytes
            if self._backlog >= MAX_BACKLOG:
                self._room = asyncio.get_running_loop().create_future()
                try:
                    await self._room
                finally:
                    self._room = None

    async def _open(self, attempt: Attempt, hop: Hop) -> AsyncResponse:
        """The answer to the attempt, after all redirects."""
        fresh_headers = self.core.fresh_headers
        if fresh_headers is not None:
            try:
                headers = fresh_headers(attempt)
                if inspect.isawaitable(headers):
                    headers = await headers
                self.core.add_fresh(hop, headers)
            except Exception as error:
                raise fresh_headers_failed(error) from error
        while True:
            response = await self._transport.open(hop.request())
            try:
                if not hop.follow(response.status, response.headers):
                    return response
            except BaseException:
                await _close(response)
                raise
            await _close(response)

    def _tell(self) -> None:
        _done(self._user)


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncEventSource needs a running event loop of asyncio: elsewhere, as with trio, use EventSource in a thread"
        ) from None


def _done(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


async def _beginning(response: AsyncResponse) -> bytes:
    """The beginning of a body, as far as it comes in time."""
    body = bytearray()

    async def read() -> None:
        async for chunk in response.chunks:
            body.extend(memoryview(chunk)[: MAX_REFUSAL - len(body)])
            if len(body) >= MAX_REFUSAL:
                return

    reading = asyncio.ensure_future(read())
    try:
        # Not wait_for: before Python 3.12 it can swallow the cancellation of whoever waits for it.
        await asyncio.wait((reading,), timeout=REFUSAL_SECONDS)
    finally:
        reading.cancel()
        # Also what it failed with is looked at: what came before is better than nothing.
        await asyncio.gather(reading, return_exceptions=True)
    return bytes(body)


async def _close(response: AsyncResponse) -> None:
    closing = response.close()
    if closing is not None:
        await closing
