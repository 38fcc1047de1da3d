"""The hub: waiting for what the extension module says is there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, Union
from weakref import WeakKeyDictionary

from . import _tidings
from ._events import AsyncEvents
from ._serving import KEEP_ALIVE
from ._tidings import LoopWakes, ServerSentEvent, running_loop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    _Start = Union[Literal["live", "earliest"], int]

if hasattr(os, "register_at_fork"):
    # A server may load the application before it forks. Each process has a log of its own then.
    os.register_at_fork(after_in_child=_tidings.forked)

_wakes: WeakKeyDictionary[AbstractEventLoop, LoopWakes] = WeakKeyDictionary()


class Hub(_tidings.Hub):
    """A hub: whatever is published goes to all who subscribe to its topic, and is kept for those who come back.

    It is part of one process and keeps everything in memory. Any thread may use it.

    ``keep_events`` and ``keep_bytes`` are how many events, and bytes of them, are kept (100,000 and 64 MiB), ``keep_seconds`` for
    how long at most. ``max_event_bytes`` is how large an event may be (1 MiB). ``slow`` is what becomes of a subscriber that reads
    more slowly than events are kept: with ``"gap"`` it is told and goes on, with ``"disconnect"`` its iteration ends.
    """

    __slots__ = ("__weakref__",)

    def subscribe(
        self,
        topics: str | Iterable[str],
        *,
        after: str | None = None,
        start: _Start = "live",
        selectors: bool = True,
    ) -> Subscription:
        """Subscribes to topics by selectors: a name, ``name/*`` for all that begin with ``name/``, or ``*`` for all.

        ``after`` is the last event ID of a client that comes back: it gets each event after that one, once and in order, or an
        event of type ``gap`` before what follows. A client without one is new and begins with ``start``: what is published
        from now on, the ``"earliest"`` event that is kept, or the last so many events. Without ``selectors`` all are names: for
        those that others have chosen.

        Raises ``InvalidTopic``.
        """
        return Subscription(self, topics, after=after, start=start, selectors=selectors)


class Subscription(_tidings.Subscription):
    """What a hub has for one client: an async iterator of encoded frames, ready to be sent; several where several are ready.

    The first is an ID alone, if the client did not come back with one: its position. Give a client one subscription of all its
    topics. The iteration ends when the subscription is closed. Dropping it closes it too.
    """

    __slots__ = ("__weakref__", "_event_loop", "_loop_wakes")

    _event_loop: AbstractEventLoop
    _loop_wakes: LoopWakes

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        event_loop = running_loop()
        wakes = self._wakes_of(event_loop)
        while (frames := self.poll(wakes)) is not None:
            if frames:
                return frames
            woken = event_loop.create_future()
            if self.wait(woken):
                try:
                    await woken
                finally:
                    self.wait(None)
        raise StopAsyncIteration

    def _wakes_of(self, event_loop: AbstractEventLoop) -> LoopWakes:
        # Looked up once: a subscription stays in its event loop.
        if getattr(self, "_event_loop", None) is not event_loop:
            self._event_loop = event_loop
            self._loop_wakes = _wakes.get(event_loop) or _wakes.setdefault(event_loop, LoopWakes(event_loop))
        return self._loop_wakes

    def events(self) -> AsyncEvents[ServerSentEvent]:
        """The same as events: for a subscriber in this process."""
        return AsyncEvents(self, self.aclose)

    def blocking(self, keep_alive: float | None = 15) -> Iterator[bytes]:
        """The same for a thread, which waits: the source of a response of WSGI.

        After ``keep_alive`` seconds without an event it gives a comment, which shows whether the client is still there; with
        ``None`` it does not. Its end closes the subscription.
        """
        from queue import Empty, SimpleQueue  # not everybody who imports this package has a use for it

        woken: SimpleQueue[None] = SimpleQueue()
        try:
            while (frames := self.poll(None)) is not None:
                if frames:
                    yield frames
                elif self.wait(lambda: woken.put(None)):
                    try:
                        woken.get(timeout=keep_alive)
                    except Empty:
                        yield KEEP_ALIVE
                    finally:
                        self.wait(None)
        finally:
            self.close()

    async def aclose(self) -> None:
        """Closes it. It is ``close`` for those who close async iterators."""
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()
