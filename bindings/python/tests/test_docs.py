"""The code in the docs runs."""

from __future__ import annotations

import asyncio
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import aiohttp.web
import flask
import pytest

import test_aiohttp
import test_asgi
import test_wsgi
import tidings
from server import SECONDS

PACKAGE = Path(__file__).parents[1]
STREAM = b"id: 1\nretry: 1\ndata: hello\n\n"
CHAT = b'data: {"choices":[{"delta":{"content":"hello"}}]}\n\ndata: [DONE]\n\n'


def blocks() -> Iterator[Any]:
    for page in (PACKAGE / "README.md", *sorted((PACKAGE / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text[: block.start()].count("\n") + 1
            # With empty lines before it, an error names the line of the page.
            yield pytest.param(page, "\n" * line + block[1], id=f"{page.stem}-{line}")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/wrong":
            self.send_error(404, "hello")
            return
        if self.path == "/feed" and "Last-Event-ID" in self.headers:
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(CHAT if self.path == "/chat" else STREAM)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def first_event(app: Any, hub: tidings.Hub | None) -> None:
    """Reads one event from an application, of either kind, and prints it."""
    if isinstance(app, aiohttp.web.Application):
        asyncio.run(first_event_of_aiohttp(app))
        return
    with (test_wsgi if isinstance(app, flask.Flask) else test_asgi).serve(app) as url:
        with tidings.events(urllib.request.urlopen(url, timeout=SECONDS)) as events:
            print(next(events).data)
        # A thread notices that the client is gone when it has something to send.
        while hub is not None and hub.stats()["subscribers"]:
            hub.publish("prices/gold", "to nobody")
            time.sleep(0.01)


async def first_event_of_aiohttp(app: aiohttp.web.Application) -> None:
    async with test_aiohttp.serve_app(app) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}/events") as response, tidings.aevents(response) as events:
            print((await anext(events)).data)


@pytest.mark.parametrize(("page", "code"), list(blocks()))
def test_block(
    page: Path,
    code: str,
    host: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "stream"
    file.write_bytes(STREAM)
    block = ModuleType("block")
    monkeypatch.setitem(sys.modules, "block", block)  # where Litestar looks for what annotations mean
    names = vars(block)
    names |= {"host": host, "file": file}
    for name, path in (("url", "events"), ("chat_url", "chat"), ("feed_url", "feed"), ("wrong_url", "wrong")):
        names[name] = f"http://{host}/{path}"
    exec(compile(code, page, "exec"), names)
    if "app" in names and "lifespan" not in names:  # which needs signals, and so the main thread
        if "messages" in names:
            # There is always a message, so that the source does not wait for one when the client is gone.
            names["messages"].get = lambda timeout: "hello"
        first_event(names["app"], names.get("hub"))
    output = capsys.readouterr().out
    assert "hello" in output or "assert " in code or "lifespan" in names
