"""What needs a process of its own: signals, the end of the interpreter, memory."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest
from server import Connection, serve


def python(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs a program that is ready when it prints its first line."""
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(program), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()
    return process


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT
    assert "closed" in output


WAITING = """
    import sys, urllib.request, tidings
    with tidings.events(urllib.request.urlopen(sys.argv[1])) as events:
        for event in events:
            try:
                print(event.data, flush=True)
                next(events)
            finally:
                events.close()
                print("closed")
"""

WAITING_ASYNC = """
    import asyncio, sys, aiohttp, tidings
    async def main():
        async with aiohttp.ClientSession() as session, session.get(sys.argv[1]) as response:
            try:
                async with tidings.aevents(response) as events:
                    async for event in events:
                        print(event.data, flush=True)
            finally:
                print("closed" if response.closed else "open")
    asyncio.run(main())
"""


@pytest.mark.parametrize("program", [WAITING, WAITING_ASYNC], ids=["sync", "async"])
def test_interrupted_while_it_waits(program: str) -> None:
    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: ready\n\n")
        connection.gone()

    with serve(script) as url:
        interrupt(python(program, url))


def test_interrupted_where_nothing_but_native_code_runs() -> None:
    program = """
        import itertools, tidings
        try:
            print("ready", flush=True)
            list(tidings.iter_events(itertools.repeat(b": nothing\\n\\n")))
        finally:
            print("closed")
    """
    interrupt(python(program))


def test_the_interpreter_ends_in_the_middle() -> None:
    program = """
        import sys, threading, tidings

        waiting = threading.Event()

        def wait():
            waiting.set()
            threading.Event().wait()
            yield b""

        def chunks():
            while True:
                yield b"data: a\\n\\ndata: b\\n\\ndata: ha"

        async def achunks():
            while True:
                yield b"data: a\\n\\ndata: b\\n\\n"

        decoder = tidings.Decoder()
        decoder.feed(b"data: ha")
        events = tidings.iter_events(chunks())
        next(events)
        thread = threading.Thread(target=list, args=[tidings.iter_events(wait())], daemon=True)
        thread.start()
        waiting.wait()
        agenerator = tidings.aiter_events(achunks())
        try:
            agenerator.__anext__().send(None)
        except StopIteration:
            pass
        print("ready")
    """
    process = python(program)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")


def test_another_interpreter_is_refused() -> None:
    program = """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters

        import tidings

        other = interpreters.create()
        interpreters.run_string(other, '''if True:
            try:
                import tidings
            except ImportError as error:
                print(error, flush=True)
        ''')
        interpreters.destroy(other)
        print(tidings.Decoder().feed(b"data: a\\n\\n")[0].data)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.stdout == "tidings is for one interpreter of a process, and another one has loaded it already\na\n", (
        done
    )


@pytest.mark.parametrize("text", ["x", "é"])
def test_no_memory_for_an_event(text: str) -> None:
    program = """
        import os, resource, sys, tidings

        size = 32 << 20
        chunk = b"data: before\\n\\ndata: " + sys.argv[1].encode() * size + b"\\n\\n"
        decoder = tidings.Decoder(max_event_bytes=2 * size)
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + size // 2, -1))
        try:
            decoder.feed(chunk)
        except MemoryError:
            resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
            decoder.reset()
            print([len(event.data) for event in decoder.feed(chunk)] == [6, size])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_memory_stays_as_it_is() -> None:
    """Ten million events, half of them as a list, half by iterators; with IDs, types, JSON, errors and encoding."""
    program = """
        import asyncio, itertools, os, tidings

        def rss():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        chunk = b"".join(b"event: t%d\\nid: %d\\ndata: {\\"a\\": %d}\\n\\n: c\\n\\nretry: 5\\n\\n" % (n % 9, n, n) for n in range(400))
        more = {"comments": True, "reconnection_times": True}

        async def over(chunks):
            for chunk in chunks:
                yield chunk

        async def aread(times):
            async for event in tidings.aiter_events(over(itertools.repeat(chunk, times)), stop="[DONE]"):
                event.data

        def work(times):
            decoder = tidings.Decoder()
            for _ in range(times * 5):
                for event in decoder.feed(chunk):
                    event.data
            for event in tidings.iter_events(itertools.repeat(chunk, times * 3)):
                event.data
            asyncio.run(aread(times * 2))
            for item in tidings.iter_events(itertools.repeat(bytearray(chunk), times // 20), **more):
                repr(item), hash(item), item == item
            for number in range(times):
                tidings.encode("x" * 100, id=str(number), event="t", comment="c", retry=5)
                tidings.encode(json={"a": number})
                for wrong in ({"id": "\\n"}, {"retry": -1}):
                    try:
                        tidings.encode(**wrong)
                    except ValueError:
                        pass
                try:
                    list(tidings.iter_events([b"data: a\\n\\ndata: too large"], max_event_bytes=3))
                except tidings.EventTooLarge:
                    pass

        work(100)
        print("ready", flush=True)
        before = rss()
        work(2500)
        print((rss() - before) // 1024)
    """
    process = python(program)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    # A leak of a byte for each event would be ten times as much.
    assert int(output) < 1024, f"{output} KiB more"
