"""Tries an installed wheel, with nothing else installed: on every platform before a release, and by cargo xtask python."""

import asyncio
import io
import subprocess
import sys
import threading

import tidings
from tidings import asgi, wsgi

# A wheel for a Python without the GIL that switched it on again would be for nothing.
switched_on = getattr(sys, "_is_gil_enabled", bool)
assert not ("t" in getattr(sys, "abiflags", "") and switched_on()), "the package needs no GIL"

stream = tidings.encode("\u00e9\ntwo", event="x", id="1") + b"data: rest\n\n"
want = [tidings.ServerSentEvent("x", "\u00e9\ntwo", "1"), tidings.ServerSentEvent("message", "rest", "1")]
assert tidings.Decoder().feed(stream) == want
assert list(tidings.iter_events(iter(io.BytesIO(stream).read1, b""))) == want
assert list(wsgi.stream(want[1:])) == [b":\n\n", b"id: 1\ndata: rest\n\n"]

# Threads that share a decoder have an error that says so, and never each other's bytes. Without a GIL they meet all the time.
shared = tidings.Decoder()
found: list[tidings.ServerSentEvent] = []


def share() -> None:
    for _ in range(2000):
        try:
            found.extend(shared.feed(stream))
        except RuntimeError as error:
            assert "in use by another thread" in str(error)


threads = [threading.Thread(target=share) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == want * (len(found) // 2)


async def main() -> None:
    hub = tidings.Hub()
    first = hub.publish("a", "1")
    subscription = hub.subscribe("a", after=first)
    waiting = asyncio.ensure_future(subscription.__anext__())
    await asyncio.sleep(0)
    threading.Thread(target=hub.publish, args=("a", "2")).start()
    assert [event.data for event in tidings.Decoder().feed(await waiting)] == ["2"]
    pieces = asgi.stream(subscription)
    assert await pieces.__anext__() == b":\n\n"
    hub.publish("a", "3")
    assert (await pieces.__anext__()).startswith(b"data: 3\n")
    await pieces.aclose()
    assert hub.presence("a") == 0


asyncio.run(main())
command = [sys.executable, "-m", "tidings"]
output = subprocess.run(command, input=stream, stdout=subprocess.PIPE, check=True).stdout
assert len(output.splitlines()) == 2, output
print(f"tidings {tidings.__version__} works with Python {sys.version.split()[0]}: {tidings.__file__}")
