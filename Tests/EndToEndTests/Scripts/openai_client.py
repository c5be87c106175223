"""What the official OpenAI SDK gets from a gateway, as JSON on stdout.

    openai_client.py http://127.0.0.1:8080/v1 CASE [MODEL]

The cases only report; the tests judge.
"""
import json
import math
import sys
import time

import openai

base_url, case = sys.argv[1], sys.argv[2]
model = sys.argv[3] if len(sys.argv) > 3 else "simulated/echo"
client = openai.OpenAI(base_url=base_url, api_key="sk-client-key-that-stays-here", max_retries=0, timeout=60)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
            },
            "required": ["city", "unit", "days"],
            "additionalProperties": False,
        },
    },
}
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {
            "type": "object",
            "properties": {"street": {"type": "string"}},
            "required": ["street"],
            "additionalProperties": False,
        },
    },
    "required": ["name", "age", "tags", "address"],
    "additionalProperties": False,
}


def messages(text="one two three"):
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


def usage(u):
    return u and {"input": u.prompt_tokens, "output": u.completion_tokens, "total": u.total_tokens}


def chat():
    answer = client.chat.completions.create(model=model, messages=messages(), max_tokens=24)
    choice = answer.choices[0]
    return {
        "id": answer.id,
        "object": answer.object,
        "model": answer.model,
        "role": choice.message.role,
        "text": choice.message.content,
        "finish": choice.finish_reason,
        "usage": usage(answer.usage),
        "request_id": answer._request_id,
    }


def stream(**options):
    chunks, started = [], time.monotonic()
    for chunk in client.chat.completions.create(
        model=model, messages=messages(), max_tokens=24, stream=True, **options
    ):
        chunks.append((time.monotonic() - started, chunk))
    return {
        "text": "".join(c.choices[0].delta.content or "" for _, c in chunks if c.choices),
        "role": next(c.choices[0].delta.role for _, c in chunks if c.choices),
        "finishes": [c.choices[0].finish_reason for _, c in chunks if c.choices and c.choices[0].finish_reason],
        "pieces": sum(1 for _, c in chunks if c.choices and c.choices[0].delta.content),
        "usages": [usage(c.usage) for _, c in chunks if c.usage],
        "without_choices": sum(1 for _, c in chunks if not c.choices),
        "first_after": chunks[0][0],
        "all_after": chunks[-1][0],
        "ids": len({c.id for _, c in chunks}),
    }


def stream_with_usage():
    return stream(stream_options={"include_usage": True})


def tools():
    answer = client.chat.completions.create(
        model=model, messages=messages("Weather in Oslo?"), tools=[WEATHER], tool_choice="required"
    )
    call = answer.choices[0].message.tool_calls[0]
    history = messages("Weather in Oslo?") + [
        answer.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "rain"},
        {"role": "user", "content": "thank you"},
    ]
    after = client.chat.completions.create(model=model, messages=history, tools=[WEATHER])
    return {
        "finish": answer.choices[0].finish_reason,
        "id": call.id,
        "name": call.function.name,
        "arguments": json.loads(call.function.arguments),
        "after": after.choices[0].message.content,
    }


def tools_streamed():
    name, arguments, finish = "", "", None
    for chunk in client.chat.completions.create(
        model=model,
        messages=messages("Weather in Oslo?"),
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        stream=True,
    ):
        if not chunk.choices:
            continue
        finish = chunk.choices[0].finish_reason or finish
        for call in chunk.choices[0].delta.tool_calls or []:
            name += call.function.name or ""
            arguments += call.function.arguments or ""
    return {"name": name, "arguments": json.loads(arguments), "finish": finish}


def structured():
    answer = client.chat.completions.create(
        model=model,
        messages=messages("Who?"),
        response_format={"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}},
    )
    return json.loads(answer.choices[0].message.content)


def embeddings():
    def vector(text, **options):
        return client.embeddings.create(model=model, input=text, **options).data[0].embedding

    one, again, other = vector("same"), vector("same"), vector("other")
    both = client.embeddings.create(model=model, input=["same", "other"])
    floats = vector("same", encoding_format="float")
    return {
        "length": len(one),
        "norm": math.sqrt(sum(x * x for x in one)),
        "repeatable": one == again,
        "distinct": one != other,
        "as_floats_differ_by": max(abs(a - b) for a, b in zip(one, floats)),
        "shortened": len(vector("same", dimensions=16)),
        "many": [item.index for item in both.data],
        "many_agree": both.data[0].embedding == one and both.data[1].embedding == other,
        "usage": both.usage.prompt_tokens,
    }


def models():
    listed = client.models.list().data
    one = client.models.retrieve(listed[0].id)
    return {
        "ids": [m.id for m in listed],
        "owners": sorted({m.owned_by for m in listed}),
        "retrieved": one.id,
        "same": one.id == listed[0].id,
        "missing": failure(lambda: client.models.retrieve("no/such/model")),
    }


def completions():
    answer = client.completions.create(model=model, prompt="one two three", max_tokens=24)
    pieces = list(client.completions.create(model=model, prompt="one two three", max_tokens=24, stream=True))
    return {
        "object": answer.object,
        "text": answer.choices[0].text,
        "finish": answer.choices[0].finish_reason,
        "usage": usage(answer.usage),
        "streamed": "".join(p.choices[0].text for p in pieces if p.choices),
        "streamed_finish": [p.choices[0].finish_reason for p in pieces if p.choices and p.choices[0].finish_reason],
    }


def failure(call):
    try:
        call()
    except openai.APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {}
        return {
            "class": type(error).__name__,
            "status": error.status_code,
            "type": body.get("type"),
            "code": body.get("code"),
            "param": body.get("param"),
            "message": body.get("message") or "",
            "retry_after": error.response.headers.get("retry-after"),
            "request_id": error.request_id,
        }
    except openai.APIError as error:
        return {"class": type(error).__name__, "message": str(error)}
    return {"class": None}


def error():
    return failure(lambda: client.chat.completions.create(model=model, messages=messages()))


def limited():
    def ask(retries):
        return client.with_options(max_retries=retries).chat.completions.with_raw_response.create(
            model=model, messages=messages(), max_tokens=24
        )

    first = ask(0)
    started = time.monotonic()
    second = ask(3)
    return {
        "first": first.parse().choices[0].message.content,
        "limit": first.headers.get("x-ratelimit-limit-requests"),
        "remaining": first.headers.get("x-ratelimit-remaining-requests"),
        "second": second.parse().choices[0].message.content,
        "waited": time.monotonic() - started,
        "refused": failure(lambda: ask(0)),
    }


def invalid():
    return failure(lambda: client.chat.completions.create(model=model, messages="not a list"))


def midstream():
    pieces = []

    def read():
        for chunk in client.chat.completions.create(model=model, messages=messages(), stream=True):
            if chunk.choices and chunk.choices[0].delta.content:
                pieces.append(chunk.choices[0].delta.content)

    return failure(read) | {"pieces": len(pieces)}


def request_id():
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=messages(), extra_headers={"x-request-id": "mine-1.2_3"}
    )
    bad = client.chat.completions.with_raw_response.create(
        model=model, messages=messages(), extra_headers={"x-request-id": "not allowed!"}
    )
    return {"kept": raw.headers.get("x-request-id"), "replaced": bad.headers.get("x-request-id")}


print(json.dumps(globals()[case]()))
