"""The two ends of many slow streams, each in its own process.

    streams.py upstream PORT               a model server whose streams have a chunk each so often
    streams.py clients PORT SECONDS MODEL COUNT [MODEL COUNT]...
                                           opens COUNT streams of each model over SECONDS, reads them, reports JSON

The upstream's model names say how a stream goes: `paced-CHUNKS-MILLISECONDS`. Both stay on 127.0.0.1.
"""
import asyncio
import json
import re
import sys
import time

CHUNK = (
    b'data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1700000000,"model":"paced",'
    b'"choices":[{"index":0,"delta":{"content":" word and some more of them"},"logprobs":null,"finish_reason":null}]}\n\n'
)
LAST = (
    b'data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1700000000,"model":"paced",'
    b'"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}\n\n'
    b'data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1700000000,"model":"paced","choices":[],'
    b'"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}\n\ndata: [DONE]\n\n'
)
MODELS = b'{"object":"list","data":[]}'


def event(data):
    return b"event: %s\ndata: %s\n\n" % (re.search(rb'"type":"(\w+)"', data)[1], data)


# The same in Anthropic's words.
MESSAGE_START = event(
    b'{"type":"message_start","message":{"id":"msg_123","type":"message","role":"assistant","model":"paced",'
    b'"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}'
) + event(b'{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}')
MESSAGE_CHUNK = event(
    b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word and some more of them"}}'
)
MESSAGE_END = (
    event(b'{"type":"content_block_stop","index":0}')
    + event(b'{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}')
    + event(b'{"type":"message_stop"}')
)


def framed(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            if head.startswith(b"GET"):
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                writer.write(head % len(MODELS) + MODELS)
                continue
            chunks, pause = map(int, re.search(rb"paced-(\d+)-(\d+)", body).groups())
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            is_message = head.startswith(b"POST /v1/messages")
            if is_message:
                writer.write(framed(MESSAGE_START))
            chunk, due = framed(MESSAGE_CHUNK if is_message else CHUNK), time.monotonic()
            for _ in range(chunks):
                writer.write(chunk)
                due += pause / 1000
                await asyncio.sleep(max(0, due - time.monotonic()))
            writer.write(framed(MESSAGE_END if is_message else LAST) + b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def upstream(port):
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    print("listening", flush=True)
    await server.serve_forever()


async def clients(port, seconds, models):
    """Opens a stream of each of these models, in turn over `seconds`, and reads each to its end."""
    seen = {"open": 0, "most_open": 0, "chunks": 0, "finished": 0, "failed": 0}

    def request(model):
        call = {"model": model, "stream": True, "max_tokens": 10, "messages": [{"role": "user", "content": "Go on."}]}
        body = json.dumps(call).encode()
        return (
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )

    async def one(model, delay):
        await asyncio.sleep(delay)
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=8192)
            writer.write(request(model))
            if b" 200 " not in await reader.readline():
                raise ConnectionError("not 200")
            seen["open"] += 1
            seen["most_open"] = max(seen["most_open"], seen["open"])
            tail = b""
            try:
                while data := await reader.read(8192):
                    seen["chunks"] += data.count(b'"delta":{"content"')
                    tail = (tail + data)[-64:]
                    if tail.endswith(b"0\r\n\r\n"):
                        break
            finally:
                seen["open"] -= 1
            seen["finished" if b"[DONE]" in tail else "failed"] += 1
        except (OSError, asyncio.IncompleteReadError):
            seen["failed"] += 1
        finally:
            if writer:
                writer.close()

    async def report():
        while True:
            print(json.dumps(seen), flush=True)
            await asyncio.sleep(0.5)

    reporting = asyncio.create_task(report())
    await asyncio.gather(*(one(model, seconds * index / len(models)) for index, model in enumerate(models)))
    reporting.cancel()
    print(json.dumps(seen), flush=True)


if sys.argv[1] == "upstream":
    asyncio.run(upstream(int(sys.argv[2])))
else:
    pairs = zip(sys.argv[4::2], map(int, sys.argv[5::2]))
    asyncio.run(clients(int(sys.argv[2]), float(sys.argv[3]), [model for model, count in pairs for _ in range(count)]))
