"""Encoding."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import corpora
import fastapi.sse
import litestar.response.sse
import sse_starlette
import tidings
from cases import Case, Contender

_EVENTS = 2000


def _sse_starlette(data: str, event: str | None = None, id: str | None = None) -> bytes:
    return sse_starlette.ServerSentEvent(data, event=event, id=id).encode()


def _fastapi(data: str, event: str | None = None, id: str | None = None) -> bytes:
    checked = fastapi.sse.ServerSentEvent(raw_data=data, event=event, id=id)
    return fastapi.sse.format_sse_event(data_str=checked.raw_data, event=checked.event, id=checked.id)


def _litestar(data: str, event: str | None = None, id: str | None = None) -> bytes:
    return litestar.response.sse.ServerSentEventMessage(data, event=event, id=id).encode()


_ENCODERS: dict[str, Callable[..., bytes]] = {
    "tidings": tidings.encode,
    "sse-starlette": _sse_starlette,
    "FastAPI": _fastapi,
    "Litestar": _litestar,
}


def _case(name: str, data: str, names: dict[str, str], scale: float) -> Case:
    count = max(1, int(_EVENTS * scale))
    want = tidings.ServerSentEvent(names.get("event"), data, names.get("id"))

    def encode(encoder: Callable[..., bytes]) -> None:
        for _ in range(count):
            encoder(data)

    def encode_named(encoder: Callable[..., bytes]) -> None:
        event, id = names["event"], names["id"]
        for _ in range(count):
            encoder(data, event=event, id=id)

    for encoder in _ENCODERS.values():
        assert tidings.Decoder().feed(encoder(data, **names)) == [want]
    run = encode_named if names else encode
    contenders = [Contender(name, partial(run, encoder)) for name, encoder in _ENCODERS.items()]
    return Case(
        f"encode, {name}", count, contenders, {("tidings", peer): 15 for peer in _ENCODERS if peer != "tidings"}
    )


CASES: tuple[Callable[[float], Case], ...] = (
    partial(_case, "300 bytes of data", corpora.llm(1)[0][6:-2].decode(), {}),
    partial(_case, "30 bytes with type and ID", "x" * 30, {"event": "tick", "id": "1234"}),
    partial(_case, "20 lines of 60 bytes", "\n".join(["x" * 60] * 20), {}),
)
