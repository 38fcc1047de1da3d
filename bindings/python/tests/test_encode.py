"""What is written, and what cannot be."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import tidings
from hypothesis import given
from hypothesis import strategies as st
from tidings import Comment, Decoder, ReconnectionTime, ServerSentEvent, encode

ONE_LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n"))


def test_encode() -> None:
    assert encode("hello") == b"data: hello\n\n"
    assert encode("") == b"data: \n\n"
    assert encode("a\nb\r\nc\rd\n") == b"data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
    assert encode("é", event="tick", id="7", retry=3000, comment="why\nnot") == (
        ": why\n: not\nevent: tick\nid: 7\nretry: 3000\ndata: é\n\n".encode()
    )
    assert encode(comment="keep-alive") == b": keep-alive\n\n"
    assert encode(id="7") == b"id: 7\n\n"
    assert encode(id="", retry=0) == b"id: \nretry: 0\n\n"
    assert encode(retry=2**64 - 1) == b"retry: 18446744073709551615\n\n"
    assert encode() == b""
    assert encode("x" * 100_000) == b"data: " + b"x" * 100_000 + b"\n\n"


def test_json() -> None:
    assert encode(json={"a": ["é", None]}, event="x") == 'event: x\ndata: {"a":["é",null]}\n\n'.encode()
    assert encode(json=None) == b"data: null\n\n"
    assert encode(json="a\nb") == b'data: "a\\nb"\n\n'
    with pytest.raises(TypeError, match="either data or json"):
        encode("x", json={})  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        encode(json=object())
    for data in ({"a": 1}, b"x", 5):
        with pytest.raises(TypeError, match=f"not {type(data).__name__}: .* json="):
            encode(data)  # type: ignore[call-overload]


def test_json_without_orjson() -> None:
    program = """if True:
        import sys
        sys.modules["orjson"] = None
        import tidings
        assert tidings.encode(json={"a": ["\\u00e9\\u2028", 1.5]}) == 'data: {"a":["\\u00e9\\u2028",1.5]}\\n\\n'.encode()
        for data in ('{"a": 1}', ' {"a": 1}', '{"a": 1}\\n', '"\\u00e9\\U0001f600"', "1 2", "", "\\ufeff1", "[1", "nope", "5"):
            found = []
            for json in (tidings.ServerSentEvent(data=data).json, lambda: __import__("json").loads(data)):
                try:
                    found.append(repr(json()))
                except ValueError as error:
                    found.append(repr(error))
            assert found[0] == found[1], found
        for bad in (float("nan"), "\\ud800"):
            try:
                tidings.encode(json=bad)
            except ValueError:
                continue
            raise AssertionError(bad)
        assert "orjson" not in str(sys.modules["json"])
    """
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"event": "a\nb"},
        {"event": "a\r"},
        {"id": "\n"},
        {"id": "1\r2"},
        {"id": "1\0"},
        {"retry": -1},
        {"retry": 2**64},
        {"data": "\ud800"},
        {"comment": "\udfff"},
    ],
)
def test_what_cannot_be_written(arguments: Any) -> None:
    with pytest.raises(ValueError):
        encode(**{"data": "x"} | arguments)


def test_the_error_of_names() -> None:
    with pytest.raises(tidings.InvalidName, match="id: line end at byte 1"):
        encode("x", id="1\ndata: injected")
    assert issubclass(tidings.InvalidName, (tidings.TidingsError, ValueError))


@pytest.mark.parametrize(
    "arguments", [{"data": b"x"}, {"data": 5}, {"id": 5}, {"retry": "5"}, {"retry": 1.5}, {"unknown": 1}]
)
def test_other_types(arguments: Any) -> None:
    with pytest.raises(TypeError):
        encode(**arguments)


@given(TEXT, ONE_LINE, ONE_LINE, st.integers(0, 2**64 - 1), TEXT)
def test_what_is_written_is_read(data: str, event: str, id: str, retry: int, comment: str) -> None:
    frame = encode(data, event=event, id=id, retry=retry, comment=comment)
    *comments, time, found = Decoder(comments=True, reconnection_times=True).feed(frame)
    as_read = data.replace("\r\n", "\n").replace("\r", "\n")
    assert found == ServerSentEvent(event or "message", as_read, id, retry)
    assert time == ReconnectionTime(retry)
    assert comments == [Comment(line) for line in comment.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    assert encode(data, event=event, id=id) == encode(data, event=event, id=id)
