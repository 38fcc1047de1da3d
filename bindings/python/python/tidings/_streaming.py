"""Sending what a source yields, on asyncio, whoever the server is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ._serving import KEEP_ALIVE, frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

    from ._serving import _Item


_MOST_AT_ONCE = 16
"""After so many items others are let run: neither the source nor the server may ever have to wait for anything."""


class Sending:
    """Sends what a source yields, and keep-alives where it yields nothing.

    The source is run by one task from its first step to its closing, so that what it opens it can close: time-outs, task groups,
    context variables. Nothing is begun for an item but to send it: what can go wrong with that is looked at now and then.
    """

    def __init__(
        self,
        source: AsyncIterable[_Item],
        send: Callable[[bytes], Awaitable[object]],
        keep_alive: float,
        send_timeout: float,
    ) -> None:
        if not hasattr(source, "__aiter__"):
            raise TypeError(f"a source of events is an async iterable, not {type(source).__name__}")
        self._source = source
        self._send = send
        self._keep_alive = keep_alive
        self._send_timeout = send_timeout

    async def run(self, first: bytes, *ends: asyncio.Future[Any]) -> bool:
        """Sends ``first`` and then the source, until it ends or one of ``ends`` is done.

        Returns whether the client may be told that there is no more: it has taken everything so far.
        """
        self._time = asyncio.get_running_loop().time
        self._sent_at = self._time()
        self._sending_since: float | None = None
        self._one_at_a_time = asyncio.Lock()
        self._keeping_alive: asyncio.Future[None] | None = None
        source = asyncio.ensure_future(self._send_all(first))
        try:
            try:
                complete = await self._watch(source, ends)
            finally:
                if self._keeping_alive is not None:
                    self._keeping_alive.add_done_callback(_forget)
                    await cancel(self._keeping_alive)
                await cancel(source)
            if not source.cancelled():
                source.result()  # its error, if only one of its closing
        except _Gone:
            return False
        return complete

    async def _watch(self, source: asyncio.Future[None], ends: tuple[asyncio.Future[Any], ...]) -> bool:
        """Returns when it is over, and whether the client has taken everything so far."""
        while True:
            keeping_alive = () if self._keeping_alive is None else (self._keeping_alive,)
            waiting = (source, *keeping_alive, *ends)
            await asyncio.wait(waiting, timeout=self._until(), return_when=asyncio.FIRST_COMPLETED)
            if self._has_stalled():
                return False
            if source.done() or any(end.done() for end in ends):
                return True
            if self._keeping_alive is not None and self._keeping_alive.done():
                keeping, self._keeping_alive = self._keeping_alive, None
                keeping.result()
            if self._keeping_alive is None and self._is_idle():
                self._keeping_alive = asyncio.ensure_future(self._send_one(KEEP_ALIVE))

    async def _send_all(self, first: bytes) -> None:
        await self._send_one(first)
        source = self._source.__aiter__()
        try:
            items = 0
            async for item in source:
                await self._send_one(frame(item))
                items += 1
                if items % _MOST_AT_ONCE == 0:
                    await asyncio.sleep(0)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def _send_one(self, body: bytes) -> None:
        async with self._one_at_a_time:
            self._sending_since = self._time()
            try:
                await self._send(body)
            except OSError as error:
                raise _Gone from error
            self._sending_since = None
            self._sent_at = self._time()

    def _until(self) -> float:
        """How long there is nothing to look at."""
        now = self._time()
        if self._sending_since is not None:
            return max(0, self._sending_since + self._send_timeout - now)
        # Sending may begin at once, and stall.
        return max(0, min(self._sent_at + self._keep_alive - now, self._send_timeout))

    def _has_stalled(self) -> bool:
        return self._sending_since is not None and self._time() >= self._sending_since + self._send_timeout

    def _is_idle(self) -> bool:
        return self._sending_since is None and self._time() >= self._sent_at + self._keep_alive


def _forget(keep_alive: asyncio.Future[None]) -> None:
    """Lets nobody say that the error of the last keep-alive was not looked at: the client is gone, or it is over anyway."""
    if not keep_alive.cancelled():
        keep_alive.exception()


class _Gone(Exception):
    """The client is not there any more."""


async def cancel(task: asyncio.Future[Any]) -> None:
    """Ends a task, and waits until it has: a source in the middle of a step could not be closed."""
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
