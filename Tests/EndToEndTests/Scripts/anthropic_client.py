"""What the official Anthropic SDK gets from a gateway, as JSON on stdout.

    anthropic_client.py http://127.0.0.1:8080 CASE [MODEL]

The cases only report; the tests judge.
"""
import json
import sys
import time

import anthropic

base_url, case = sys.argv[1], sys.argv[2]
model = sys.argv[3] if len(sys.argv) > 3 else "simulated/echo"
client = anthropic.Anthropic(base_url=base_url, api_key="sk-client-key-that-stays-here", max_retries=0, timeout=60)

WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
        "required": ["city", "days"],
    },
}


def asked(text="one two three", **more):
    return {
        "model": model,
        "max_tokens": 64,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": text}],
        **more,
    }


def told(message):
    return {
        "id": message.id,
        "type": message.type,
        "role": message.role,
        "model": message.model,
        "text": "".join(block.text for block in message.content if block.type == "text"),
        "blocks": [block.type for block in message.content],
        "stop_reason": message.stop_reason,
        "stop_sequence": message.stop_sequence,
        "input": message.usage.input_tokens,
        "output": message.usage.output_tokens,
        "cached": message.usage.cache_read_input_tokens,
    }


def messages():
    answer = client.messages.create(**asked())
    return {**told(answer), "request_id": answer._request_id}


def stream():
    pieces, events = [], []
    with client.messages.stream(**asked()) as streamed:
        for event in streamed:
            events.append(event.type)
            if event.type == "text":
                pieces.append(event.text)
        final = streamed.get_final_message()
    return {**told(final), "pieces": pieces, "events": events}


def raw_events():
    return {"events": [event.type for event in client.messages.create(**asked(), stream=True)]}


def tools():
    offered = {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "get_weather"}}
    answer = client.messages.create(**asked("Weather in Oslo?", **offered))
    call = next(block for block in answer.content if block.type == "tool_use")
    after = client.messages.create(
        model=model,
        max_tokens=64,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": "Weather in Oslo?"},
            {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in answer.content]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": call.id, "content": "rain"},
                    {"type": "text", "text": "thank you"},
                ],
            },
        ],
    )
    return {**told(answer), "id": call.id, "name": call.name, "arguments": call.input, "after": told(after)["text"]}


def tools_streamed():
    offered = {"tools": [WEATHER], "tool_choice": {"type": "any"}}
    with client.messages.stream(**asked("Weather in Oslo?", **offered)) as streamed:
        final = streamed.get_final_message()
    call = next(block for block in final.content if block.type == "tool_use")
    return {**told(final), "name": call.name, "arguments": call.input}


def count_tokens():
    counted = client.messages.with_raw_response.count_tokens(
        model=model, messages=[{"role": "user", "content": "one two three four"}]
    )
    return {"input": counted.parse().input_tokens, "how": counted.headers.get("x-llm-gateway-token-count")}


def models():
    listed = client.models.list()
    one = client.models.retrieve(listed.data[0].id)
    return {"ids": [entry.id for entry in listed.data], "type": one.type, "one": one.id, "name": one.display_name}


def failure():
    try:
        client.messages.create(**asked())
    except anthropic.APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {}
        return {
            "class": type(error).__name__,
            "status": error.status_code,
            "type": body.get("error", {}).get("type"),
            "message": body.get("error", {}).get("message"),
            "retry_after": error.response.headers.get("retry-after"),
            "request_id": error.request_id,
            "body_request_id": body.get("request_id"),
        }
    return {"class": None}


def limited():
    def ask(retries):
        return client.with_options(max_retries=retries).messages.with_raw_response.create(**asked())

    first = ask(0)
    started = time.monotonic()
    second = ask(3)
    return {
        "first": first.parse().content[0].text,
        "limit": first.headers.get("anthropic-ratelimit-requests-limit"),
        "remaining": first.headers.get("anthropic-ratelimit-requests-remaining"),
        "second": second.parse().content[0].text,
        "waited": time.monotonic() - started,
        "refused": failure(),
    }


def stream_failure():
    text = ""
    try:
        with client.messages.stream(**asked()) as streamed:
            for piece in streamed.text_stream:
                text += piece
    except anthropic.APIStatusError as error:
        return {"class": type(error).__name__, "text": text, "type": error.body["error"]["type"]}
    return {"class": None, "text": text}


cases = [
    messages, stream, raw_events, tools, tools_streamed, count_tokens, models, failure, limited, stream_failure,
]
print(json.dumps({f.__name__: f for f in cases}[case]()))
