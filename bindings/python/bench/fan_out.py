"""Fan-out in one process and one event loop: what is published goes to many subscribers, each of them a task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import broadcaster
import corpora
import sse_starlette
import tidings
from cases import Case, Contender

_SUBSCRIBERS = 500
_EVENTS = 40

Reader = Callable[[], AsyncIterator[bytes]]
"""Subscribes, and gives the frames for one client."""


class _Readers:
    """Tasks that take what there is for them, and the counting."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waited_for = 0
        self._taken = 0
        self._all = asyncio.get_running_loop().create_future()

    async def read(self, frames: AsyncIterator[bytes], frame: bytes) -> None:
        async for taken in frames:
            assert taken.endswith(frame)
            self._taken += 1
            if self._taken == self._waited_for:
                self._all.set_result(None)

    def start(self, reader: Reader, frame: bytes) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.read(reader(), frame)) for _ in range(self._count)]

    async def all_have_it(self) -> None:
        """Waits until each of them has one more."""
        self._waited_for += self._count
        if self._taken < self._waited_for:
            self._all = asyncio.get_running_loop().create_future()
            await self._all


async def _publish(reader: Reader, publish: Callable[[str], object], subscribers: int, events: list[str]) -> None:
    """Publishes events one by one, each when all have the one before."""
    readers = _Readers(subscribers)
    tasks = readers.start(reader, b"\n\n")
    for _ in range(3):
        await asyncio.sleep(0)  # they subscribe
    for event in events:
        published = publish(event)
        if asyncio.iscoroutine(published):
            await published
        await readers.all_have_it()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _tidings(subscribers: int, events: list[str]) -> None:
    hub = tidings.Hub()
    hub.publish("prices", "before all others")

    def reader() -> AsyncIterator[bytes]:
        # One that comes back, so that the first it is given is an event.
        return hub.subscribe("prices", after=hub.last_id).__aiter__()

    await _publish(reader, partial(hub.publish, "prices"), subscribers, events)


async def _queues(subscribers: int, events: list[str]) -> None:
    """A queue for each client, and the frame encoded once: what is written by hand, without resuming or any bound."""
    queues: set[asyncio.Queue[bytes]] = set()

    async def reader() -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            queues.remove(queue)

    def publish(data: str) -> None:
        frame = sse_starlette.ServerSentEvent(data, sep="\n").encode()
        for queue in queues:
            queue.put_nowait(frame)

    await _publish(reader, publish, subscribers, events)


async def _broadcaster(subscribers: int, events: list[str]) -> None:
    """broadcaster hands over the data, which sse-starlette encodes for each client."""
    async with broadcaster.Broadcast("memory://") as broadcast:

        async def reader() -> AsyncIterator[bytes]:
            async with broadcast.subscribe("prices") as subscriber:
                async for event in subscriber:
                    yield sse_starlette.ServerSentEvent(event.message, sep="\n").encode()

        await _publish(reader, partial(broadcast.publish, "prices"), subscribers, events)


def _case(scale: float) -> Case:
    subscribers = max(2, int(_SUBSCRIBERS * scale))
    events = [event[6:-2].decode() for event in corpora.llm(_EVENTS)]

    def contender(name: str, fan_out: Callable[[int, list[str]], object]) -> Contender:
        return Contender(name, lambda: asyncio.run(fan_out(subscribers, events)))

    contenders = [
        contender("tidings Hub", _tidings),
        contender("a queue for each, by hand", _queues),
        contender("broadcaster, sse-starlette", _broadcaster),
    ]
    return Case(f"fan-out, {subscribers} subscribers", subscribers * _EVENTS, contenders, {})


CASES: tuple[Callable[[float], Case], ...] = (_case,)
