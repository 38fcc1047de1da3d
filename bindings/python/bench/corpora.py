"""The event streams: made here, from a fixed seed, in the shapes of ``benches/src/corpora.rs``."""

from __future__ import annotations

import random

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TOKENS = [
    " the",
    " of",
    ",",
    " stream",
    " a",
    ".",
    " answer",
    " is",
    "ing",
    " wonderfully",
    "\\n\\n",
    ' \\"quoted\\"',
    " 42",
]


def llm(count: int) -> list[bytes]:
    """About 310 bytes of JSON with one token each, as of an OpenAI-like API."""
    chance = random.Random(1)

    def event() -> bytes:
        obfuscation = "".join(chance.choices(_BASE64, k=chance.randrange(18, 35)))
        return (
            'data: {"id":"chatcmpl-BZ7qkX2mVt4wLr9sYhGd1uPe8Nf3c","object":"chat.completion.chunk","created":1763640000,'
            '"model":"gpt-5-mini-2026-08-07","service_tier":"default","system_fingerprint":"fp_3f58d112f7","choices":'
            f'[{{"index":0,"delta":{{"content":"{chance.choice(_TOKENS)}"}},"finish_reason":null}}],'
            f'"obfuscation":"{obfuscation}"}}\n\n'
        ).encode()

    return [event() for _ in range(count)]


def named(count: int) -> list[bytes]:
    """Event type, ID and about 40 bytes of data: a ticker."""
    chance = random.Random(2)
    data = '{{"s":"TDGS","p":{}.{:02},"v":{},"x":"AS"}}'
    return [
        f"event: tick\nid: {1000 + number}\ndata: "
        f"{data.format(chance.randrange(100, 1000), chance.randrange(100), chance.randrange(100, 1000))}\n\n".encode()
        for number in range(count)
    ]


def multi(count: int) -> list[bytes]:
    """20 lines of 60 bytes of data."""
    chance = random.Random(3)
    return [
        "".join(f"data: {''.join(chance.choices(_BASE64, k=60))}\n" for _ in range(20)).encode() + b"\n"
        for _ in range(count)
    ]


def large(size: int) -> bytes:
    """One event of data lines of 16 bytes."""
    return b"data: 0123456789abcdef\n" * (size // 17) + b"\n"


def cut(events: list[bytes], size: int) -> list[bytes]:
    """The stream in chunks of a size."""
    stream = b"".join(events)
    return [stream[at : at + size] for at in range(0, len(stream), size)]
