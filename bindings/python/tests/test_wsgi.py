"""Serving with WSGI: with Flask and Django on a real server, and by hand."""

from __future__ import annotations

import contextlib
import threading
import urllib.request
import wsgiref.simple_server
from collections.abc import Iterator
from typing import Any

import django.conf
import django.core.wsgi
import django.http
import django.urls
import flask
import pytest

import tidings
from server import SECONDS
from tidings import ServerSentEvent, wsgi

CLOSED = threading.Event()


def events(environ: Any) -> Iterator[Any]:
    CLOSED.clear()
    try:
        yield tidings.encode("first", id=wsgi.last_event_id(environ))
        while True:
            yield {"data": "more"}
    finally:
        CLOSED.set()


def plain(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", list(wsgi.HEADERS.items()))
    return wsgi.stream(events(environ), retry=5)


with_flask = flask.Flask("test")


@with_flask.get("/events")
def flask_view() -> Any:
    return flask.Response(wsgi.stream(events(flask.request.environ), retry=5), headers=wsgi.HEADERS)


def django_view(request: Any) -> Any:
    return django.http.StreamingHttpResponse(wsgi.stream(events(request.META), retry=5), headers=wsgi.HEADERS)


urlpatterns = [django.urls.path("events", django_view)]
django.conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="test", USE_TZ=True)
with_django = django.core.wsgi.get_wsgi_application()


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    with wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/events"
        thread.join(SECONDS)


@pytest.mark.parametrize("app", [plain, with_flask, with_django], ids=["plain", "flask", "django"])
def test_frameworks(app: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with serve(app) as url:
        request = urllib.request.Request(url, headers={"Last-Event-ID": "é".encode().decode("latin-1")})
        with tidings.events(urllib.request.urlopen(request, timeout=SECONDS)) as found:
            assert next(found) == ServerSentEvent(data="first", id="é")
            assert next(found) == ServerSentEvent(data="more", id="é")
            assert found.reconnection_time_ms == 5
        assert CLOSED.wait(SECONDS), "the source goes on although the client is gone"


def test_stream() -> None:
    closed = []

    def source() -> Iterator[Any]:
        try:
            yield "a"
            yield wsgi.KEEP_ALIVE
            raise ZeroDivisionError
        finally:
            closed.append(True)

    body = wsgi.stream(source())
    assert [next(body), next(body), next(body)] == [b":\n\n", b"data: a\n\n", b":\n\n"]
    with pytest.raises(ZeroDivisionError):
        next(body)
    assert closed == [True]
    assert list(wsgi.stream(["a", ServerSentEvent("x", "b", "1")])) == [
        b":\n\n",
        b"data: a\n\n",
        b"event: x\nid: 1\ndata: b\n\n",
    ]


@pytest.mark.parametrize(
    ("environ", "want"),
    [
        ({}, ""),
        ({"HTTP_LAST_EVENT_ID": "\xc3\xa9", "QUERY_STRING": "lastEventId=2"}, "é"),
        ({"HTTP_LAST_EVENT_ID": "1\0"}, ""),
        ({"QUERY_STRING": "lastEventId=%C3%A9"}, "é"),
    ],
)
def test_last_event_id(environ: Any, want: str) -> None:
    assert wsgi.last_event_id(environ) == want
