"""A feed with sse-starlette on uvicorn: python starlette_feed.py PORT."""

import asyncio
import sys

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route


async def events(last: int):
    number = last
    while True:
        number += 1
        yield {"id": str(number), "data": f"{number}\nzwölf"}
        await asyncio.sleep(0.002)


async def feed(request: Request) -> EventSourceResponse:
    return EventSourceResponse(events(int(request.headers.get("last-event-id", 0))))


app = Starlette(routes=[Route("/", feed)])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
