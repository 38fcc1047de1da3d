"""The conformance vectors, and the cuts in which each of them is replayed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "conformance" / "vectors"
KEYS = {
    "name",
    "source",
    "chunks",
    "maxEventBytes",
    "initialLastEventId",
    "comments",
    "items",
    "lastEventId",
    "reconnectionTime",
    "error",
}


@dataclass(frozen=True)
class Vector:
    """What a decoder must do with an event stream."""

    name: str
    chunks: list[bytes]
    options: dict[str, Any]
    """The arguments of a decoder."""
    outcome: dict[str, Any]
    """With the keys of the vector."""

    def cuts(self) -> Iterator[list[bytes]]:
        """The stream in different chunks."""
        whole = b"".join(self.chunks)
        yield self.chunks
        yield [whole]
        yield [whole[at : at + 1] for at in range(len(whole))]
        for at in range(len(whole) + 1):
            yield [whole[:at], whole[at:]]
        chance = random.Random(self.name)
        for _ in range(4):
            ends = sorted(chance.choices(range(len(whole) + 1), k=chance.randrange(1, 9)))
            yield [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)])]


def load() -> list[Vector]:
    """All vectors, once for each answer to whether comments are asked for."""
    vectors = []
    for file in sorted(FOLDER.glob("*.json")):
        for vector in json.loads(file.read_text(encoding="utf-8"))["vectors"]:
            assert vector.keys() <= KEYS, f"{file.name}: {vector['name']}: unknown keys"
            for comments in (True, False):
                if vector.get("comments", comments) == comments:
                    vectors.append(_vector(vector, comments))
    return vectors


def _vector(vector: dict[str, Any], comments: bool) -> Vector:
    options = {"comments": comments, "reconnection_times": True}
    for key, option in (("maxEventBytes", "max_event_bytes"), ("initialLastEventId", "last_event_id")):
        if key in vector:
            options[option] = vector[key]
    outcome = {
        "items": [item for item in vector["items"] if comments or "comment" not in item],
        "lastEventId": vector["lastEventId"],
        "reconnectionTime": vector["reconnectionTime"],
        "error": vector.get("error"),
    }
    return Vector(
        f"{vector['name']}{'+comments' * comments}", [_chunk(chunk) for chunk in vector["chunks"]], options, outcome
    )


def _chunk(chunk: str | dict[str, str]) -> bytes:
    return chunk.encode() if isinstance(chunk, str) else base64.b64decode(chunk["base64"], validate=True)
