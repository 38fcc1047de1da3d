"""The event source without async: it reads in a thread of its own, so that its user never waits for what cannot be interrupted."""

from __future__ import annotations

import contextlib
import contextvars
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ._errors import TidingsError
from ._libraries import transport_for
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
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from typing_extensions import Buffer, Self

    from ._hop import Hop
    from .transports import Response, Transport

_CLOSED = int(ReadyState.CLOSED)

# Waiting for a lock is not interrupted by Ctrl-C on Windows, and is limited to 49 days there.
_LONGEST_WAIT = 0.5 if sys.platform == "win32" else 3600.0


class EventSource(Source):
    """A client that keeps a connection to an event stream: what a browser's ``EventSource`` is, with what programs need beyond it.

    It is an iterator over events. It connects when it is first asked for one, reconnects by itself, and resumes behind the last
    event that it has given. It ends after an error, which is final; after ``close``; and, without an error, when the server answers
    204. ``items`` shows its connections, too.

    Whatever is interrupted, as by Ctrl-C, can be gone on with. One thread iterates; any may close it. Use ``with``, or close it.

    Requests are made by ``client``: a client of httpx or httpx2, a session of requests, or any ``tidings.transports.Transport``. It is
    not closed. Without one it has a client of httpx of its own.

    ``fresh_headers`` is asked for headers before every attempt, in the thread that makes it, for tokens that expire. Neither they
    nor ``headers`` nor what the client has of its own follow a redirect to another origin, but for those that have no secrets.

    Times are in seconds. ``docs/event-source.md`` has all options.
    """

    _link: _Link

    def __init__(
        self,
        url: str,
        *,
        client: Transport | Any = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        fresh_headers: Callable[[Attempt], Mapping[str, str]] | None = None,
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
        self._link = _Link(core, *transport_for(client))

    def __iter__(self) -> Iterator[ServerSentEvent]:
        # A generator for each loop: it may die with an exception, and the next one goes on where it was.
        link = self._link
        while True:
            for item in link.core.machine:
                if type(item) is ServerSentEvent:
                    yield item
                elif type(item) is Step:
                    link.perform(item)
            if not link.wait():
                return

    def __next__(self) -> ServerSentEvent:
        link = self._link
        while True:
            for item in link.core.machine:
                if type(item) is ServerSentEvent:
                    return item
                if type(item) is Step:
                    link.perform(item)
            if not link.wait():
                raise StopIteration

    def items(self) -> Iterator[Open | ServerSentEvent | Comment | Reconnecting]:
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
            if not link.wait():
                return

    def close(self) -> None:
        """Closes the connection, for good, from any thread. Whoever waits for an event gets the end of the iteration."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


class _Link:
    """What the user's thread, the thread that reads and those that close have in common."""

    def __init__(self, core: Core, transport: Transport, close_transport: Callable[[], object] | None) -> None:
        self.core = core
        self.transport = transport
        self._close_transport = close_transport
        self._condition = threading.Condition()
        self._reader: _Reader | None = None
        self._readers = 0
        """How many run, with those that are no longer wanted and do not know yet."""
        self._inputs = 0
        """How often the machine was told something."""
        self._seen = 0
        """How often, when the user looked for it."""
        self._backlog = 0
        """Bytes in the machine."""
        self._refusal: _Refusal | None = None

    # The user's side.

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

    def wait(self) -> bool:
        """Waits for something to happen. Returns whether there can be more."""
        machine = self.core.machine
        with self._condition:
            if machine.ready_state == _CLOSED:
                return False
            timeout = machine.timeout()
            if self._reader is None and timeout is None and self._inputs == self._seen:
                # An exception, as that of Ctrl-C, came between the machine's saying so and the attempt.
                self._connect()
            elif self._inputs == self._seen:
                self._backlog = 0
                self._condition.notify_all()
                self._condition.wait(self._until(timeout))
                if self._refusal is None:
                    machine.handle_timeout()
            if self._refusal is not None and self._refusal.until <= time.monotonic():
                self._refuse(self._refusal)
            self._seen = self._inputs
        return True

    def _until(self, timeout: float | None) -> float:
        if self._refusal is not None:
            timeout = max(self._refusal.until - time.monotonic(), 0.0)
        return _LONGEST_WAIT if timeout is None else min(timeout, _LONGEST_WAIT)

    def _connect(self) -> None:
        self._disconnect()
        with self._condition:
            if self.core.machine.ready_state == _CLOSED:
                return
            reader = _Reader(self, self.core.attempt())
            try:
                last_event_id = self.core.machine.handle_connecting(int.from_bytes(os.urandom(8), "little"))
            except TidingsError as error:
                self.core.fail(error, ())
                self._inputs += 1
                return
            hop = self.core.hop(last_event_id)
            # What a library looks for in the context, as tracing does, is there in the thread as well.
            run = contextvars.copy_context().run
            thread = threading.Thread(target=run, args=(reader.run, hop), name="tidings.EventSource", daemon=True)
            self._reader = reader
            self._readers += 1
            try:
                thread.start()
            except RuntimeError:  # there are too many
                self._reader = None
                self._readers -= 1
                raise

    def _disconnect(self) -> None:
        with self._condition:
            reader, self._reader = self._reader, None
            self._refusal = None
            self._backlog = 0
            self._condition.notify_all()
        if reader is not None:
            reader.shutdown()

    def close(self) -> None:
        with self._condition:
            self.core.machine.close()
        self._disconnect()
        self._release()

    def _release(self) -> None:
        """Closes the client, if it is ours and nobody uses it."""
        with self._condition:
            if self._readers or self.core.machine.ready_state != _CLOSED:
                return
            close, self._close_transport = self._close_transport, None
        if close is not None:
            close()

    # The reader's side. What it returns is whether the reader is still wanted.

    def is_wanted(self, reader: _Reader) -> bool:
        return self._reader is reader

    def answered(self, reader: _Reader, response: Response) -> bool:
        with self._condition:
            if not self.is_wanted(reader):
                return False
            reader.response = response
            if not self.core.accepts(response):
                self._refusal = _Refusal(response)
                self._tell()  # the user waits no longer than for this
                return True
            self._tell()
            return self.core.answer(response)

    def chunk(self, reader: _Reader, chunk: Buffer) -> bool:
        with self._condition:
            if not self.is_wanted(reader):
                return False
            if self._refusal is not None:
                return self._add(self._refusal, chunk)
            self.core.machine.handle_chunk(chunk)
            self._backlog += len(chunk) if isinstance(chunk, bytes) else memoryview(chunk).nbytes
            self._tell()
            while self._backlog >= MAX_BACKLOG and self.is_wanted(reader):
                self._condition.wait()
            return self.is_wanted(reader)

    def ended(self, reader: _Reader, error: BaseException | None) -> None:
        """The body is at its end, or there was an error."""
        with self._condition:
            if not self.is_wanted(reader):
                return
            if self._refusal is not None:
                self._refuse(self._refusal)  # what came in time is better than nothing
            elif error is None:
                self.core.machine.handle_end()
            else:
                self.core.fail(error, self.transport.errors)
            self._tell()

    def finished(self) -> None:
        """A reader, wanted or not, is at its end."""
        with self._condition:
            self._readers -= 1
        self._release()

    def _add(self, refusal: _Refusal, chunk: Buffer) -> bool:
        refusal.body += bytes(chunk)[: MAX_REFUSAL - len(refusal.body)]
        if len(refusal.body) < MAX_REFUSAL:
            return True
        self._refuse(refusal)
        return False

    def _refuse(self, refusal: _Refusal) -> None:
        self._refusal = None
        self.core.answer(refusal.response)
        self.core.refusal = refusal.body
        self._tell()

    def _tell(self) -> None:
        self._inputs += 1
        self._condition.notify_all()


class _Refusal:
    """A response that is no event stream, while its body is read for the error.

    That takes a time of its own, and the machine is told of no other: the head has come in time, and that it is late would be tried
    again, where what it says is final.
    """

    def __init__(self, response: Response) -> None:
        self.response = response
        self.body = b""
        self.until = time.monotonic() + REFUSAL_SECONDS


class _Reader:
    """Makes one attempt, and reads what comes of it, in a thread. It knows nothing of the user's object, which can go."""

    def __init__(self, link: _Link, attempt: Attempt) -> None:
        self._link = link
        self._attempt = attempt
        self.response: Response | None = None

    def run(self, hop: Hop) -> None:
        link = self._link
        try:
            self._read(hop)
        except BaseException as error:  # noqa: BLE001 (the user is in another thread, and gets whatever it is)
            link.ended(self, error)
        finally:
            link.finished()

    def _read(self, hop: Hop) -> None:
        link = self._link
        response = self._open(hop)
        if response is None:
            return
        try:
            if link.answered(self, response):
                for chunk in response.chunks:
                    if not link.chunk(self, chunk):
                        return
                link.ended(self, None)
        finally:
            with contextlib.suppress(Exception):  # it is over
                response.close()

    def _open(self, hop: Hop) -> Response | None:
        """The answer to the attempt, after all redirects, unless nobody wants it any more."""
        core = self._link.core
        if core.fresh_headers is not None:
            try:
                core.add_fresh(hop, core.fresh_headers(self._attempt))
            except Exception as error:
                raise fresh_headers_failed(error) from error
        while self._link.is_wanted(self):
            response = self._link.transport.open(hop.request())
            try:
                if not hop.follow(response.status, response.headers):
                    return response
            except BaseException:
                response.close()
                raise
            response.close()
        return None

    def shutdown(self) -> None:
        """Ends a read that waits. Called by another thread."""
        response = self.response
        if response is not None and response.shutdown is not None:
            with contextlib.suppress(Exception):  # closed by now
                response.shutdown()
