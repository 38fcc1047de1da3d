from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Sequence
from types import GenericAlias
from typing import Any, Final, Generic, Literal, TypeVar, final, overload

from typing_extensions import Buffer, Self, disjoint_base

__all__ = [
    "DEFAULT_MAX_EVENT_BYTES",
    "ChunkEvents",
    "Comment",
    "Decoder",
    "EventIterator",
    "Hub",
    "LoopWakes",
    "Machine",
    "ReconnectionTime",
    "ServerSentEvent",
    "Step",
    "Subscription",
    "__version__",
    "encode",
    "forked",
    "running_loop",
]

__version__: Final[str]
DEFAULT_MAX_EVENT_BYTES: Final[int]

_Item = TypeVar("_Item", bound=ServerSentEvent | Comment | ReconnectionTime)

@final
class ServerSentEvent:
    __match_args__ = ("event", "data", "id", "retry")
    def __new__(
        cls, event: str | None = None, data: str | None = None, id: str | None = None, retry: int | None = None
    ) -> Self: ...
    @property
    def event(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def retry(self) -> int | None: ...
    def json(self) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Comment:
    __match_args__ = ("text",)
    def __new__(cls, text: str) -> Self: ...
    @property
    def text(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ReconnectionTime:
    __match_args__ = ("milliseconds",)
    def __new__(cls, milliseconds: int) -> Self: ...
    @property
    def milliseconds(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Decoder(Generic[_Item]):
    @overload
    def __new__(
        cls,
        *,
        max_event_bytes: int = ...,
        last_event_id: str = "",
        comments: Literal[False] = False,
        reconnection_times: Literal[False] = False,
    ) -> Decoder[ServerSentEvent]: ...
    @overload
    def __new__(
        cls,
        *,
        max_event_bytes: int = ...,
        last_event_id: str = "",
        comments: bool = False,
        reconnection_times: Literal[False] = False,
    ) -> Decoder[ServerSentEvent | Comment]: ...
    @overload
    def __new__(
        cls,
        *,
        max_event_bytes: int = ...,
        last_event_id: str = "",
        comments: bool = False,
        reconnection_times: bool = False,
    ) -> Decoder[ServerSentEvent | Comment | ReconnectionTime]: ...
    def feed(self, chunk: Buffer, /) -> list[_Item]: ...
    def close(self) -> bool: ...
    def reset(self) -> None: ...
    @property
    def last_event_id(self) -> str: ...
    @property
    def reconnection_time_ms(self) -> int | None: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias: ...

@final
class ChunkEvents:
    def __new__(
        cls,
        *,
        stop: str | None = None,
        max_event_bytes: int = ...,
        last_event_id: str = "",
        comments: bool = False,
        reconnection_times: bool = False,
    ) -> Self: ...
    def push(self, chunk: Buffer, /) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> ServerSentEvent | Comment | ReconnectionTime: ...
    @property
    def ended(self) -> bool: ...
    @property
    def last_event_id(self) -> str: ...
    @property
    def reconnection_time_ms(self) -> int | None: ...

@disjoint_base
class EventIterator(Generic[_Item]):
    def __new__(
        cls,
        chunks: Iterable[Buffer],
        on_close: Callable[[], object] | None = None,
        *,
        stop: str | None = None,
        max_event_bytes: int = ...,
        last_event_id: str = "",
        comments: bool = False,
        reconnection_times: bool = False,
    ) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _Item: ...
    def close(self) -> None: ...
    @property
    def last_event_id(self) -> str: ...
    @property
    def reconnection_time_ms(self) -> int | None: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias: ...

@final
class Machine:
    def __new__(
        cls,
        *,
        last_event_id: str,
        max_event_bytes: int,
        comments: bool,
        reconnect: bool,
        reconnection_time_ms: int,
        max_backoff: float,
        jitter: float,
        stable_after: float,
        connect_timeout: float | None,
        idle_timeout: float | None,
        retry_statuses: Sequence[int],
        max_failures: int | None,
    ) -> Self: ...
    @staticmethod
    def accepts(status: int, content_type: bytes | None) -> bool: ...
    def handle_connecting(self, random: int) -> str | None: ...
    def handle_response(self, status: int, content_type: bytes | None, retry_after: bytes | None) -> bool: ...
    def handle_chunk(self, chunk: Buffer) -> None: ...
    def handle_end(self) -> None: ...
    def handle_error(self, error: BaseException) -> None: ...
    def handle_fatal(self, error: BaseException) -> None: ...
    def handle_timeout(self) -> None: ...
    def close(self) -> None: ...
    def timeout(self) -> float | None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> ServerSentEvent | Comment | Step: ...
    @property
    def ready_state(self) -> int: ...
    @property
    def last_event_id(self) -> str: ...
    @property
    def reconnection_time_ms(self) -> int: ...
    @property
    def failures(self) -> int: ...

@final
class Step:
    @property
    def kind(self) -> Literal["connect", "open", "reconnecting", "ended", "failed"]: ...
    @property
    def delay(self) -> float | None: ...
    @property
    def cause(
        self,
    ) -> Literal["end", "transport", "connect_timeout", "idle_timeout", "status", "content_type", "decode"] | None: ...
    @property
    def value(self) -> Any: ...

@disjoint_base
class Hub:
    def __new__(
        cls,
        *,
        keep_events: int = ...,
        keep_bytes: int = ...,
        keep_seconds: float | None = None,
        max_event_bytes: int = ...,
        slow: Literal["gap", "disconnect"] = "gap",
    ) -> Self: ...
    @overload
    def publish(
        self, topics: str | Iterable[str], data: str, *, event: str | None = None, key: str | None = None
    ) -> str: ...
    @overload
    def publish(
        self,
        topics: str | Iterable[str],
        data: None = None,
        *,
        event: str | None = None,
        key: str | None = None,
        json: object = ...,
    ) -> str: ...
    def presence(self, topic: str) -> int: ...
    @property
    def last_id(self) -> str: ...
    def stats(self) -> dict[str, float]: ...

@disjoint_base
class Subscription:
    def __new__(
        cls,
        hub: Hub,
        topics: str | Iterable[str],
        *,
        after: str | None = None,
        start: Literal["live", "earliest"] | int | None = None,
        selectors: bool = True,
    ) -> Self: ...
    def poll(self, event_loop: LoopWakes | None, /) -> bytes | None: ...
    def wait(self, waits_for: Future[None] | Callable[[], object] | None, /) -> bool: ...
    def close(self) -> None: ...

@final
class LoopWakes:
    def __new__(cls, event_loop: AbstractEventLoop) -> Self: ...
    def __call__(self, /, *args: object, **kwargs: object) -> None: ...

def forked() -> None: ...
def running_loop() -> AbstractEventLoop: ...
@overload
def encode(
    data: str,
    *,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
    comment: str | None = None,
) -> bytes: ...
@overload
def encode(
    data: None = None,
    *,
    event: str | None = None,
    id: str | None = None,
    retry: int | None = None,
    comment: str | None = None,
    json: object = ...,
) -> bytes: ...
