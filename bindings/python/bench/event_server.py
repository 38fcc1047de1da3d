"""Sends event streams, one event in each chunk of HTTP, to any number of clients: prints its URL first."""

from __future__ import annotations

import asyncio
import sys

import corpora


async def main(count: int) -> None:
    events = [b"%x\r\n%s\r\n" % (len(event), event) for event in corpora.llm(count)]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            for event in events:
                writer.write(event)
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            writer.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
