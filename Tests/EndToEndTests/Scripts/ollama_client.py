"""What the official Ollama client gets from a gateway, as JSON on stdout.

    ollama_client.py http://127.0.0.1:8080 CASE [MODEL]

The cases only report; the tests judge.
"""
import json
import sys

import ollama

base_url, case = sys.argv[1], sys.argv[2]
model = sys.argv[3] if len(sys.argv) > 3 else "simulated/echo"
client = ollama.Client(host=base_url, timeout=60)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one two three"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def told(answer):
    return {
        "model": answer.model,
        "done": answer.done,
        "done_reason": answer.done_reason,
        "input": answer.prompt_eval_count,
        "output": answer.eval_count,
        "created": answer.created_at,
        "durations": [answer.total_duration, answer.prompt_eval_duration, answer.eval_duration],
    }


def chat():
    answer = client.chat(model=model, messages=MESSAGES)
    return {**told(answer), "text": answer.message.content, "role": answer.message.role}


def stream():
    pieces = list(client.chat(model=model, messages=MESSAGES, stream=True))
    return {**told(pieces[-1]), "text": "".join(p.message.content or "" for p in pieces), "pieces": len(pieces)}


def generate():
    answer = client.generate(model=model, prompt="one two three")
    pieces = list(client.generate(model=model, prompt="one two three", stream=True))
    return {**told(answer), "text": answer.response, "streamed": "".join(p.response for p in pieces)}


def tools():
    answer = client.chat(model=model, messages=MESSAGES, tools=[WEATHER])
    return {**told(answer), "calls": [[c.function.name, dict(c.function.arguments)] for c in answer.message.tool_calls or []]}


def embed():
    answer = client.embed(model=model, input=["a", "b"])
    old = client.embeddings(model=model, prompt="a")
    return {"vectors": len(answer.embeddings), "length": len(answer.embeddings[0]), "old": len(old.embedding)}


def models():
    shown = client.show("echo")
    return {
        "names": [m.model for m in client.list().models],
        "running": len(client.ps().models),
        "capabilities": shown.capabilities,
    }


def load():
    calls = [
        client.generate(model=model),
        client.generate(model=model, keep_alive=0),
        client.chat(model=model, messages=[]),
        client.chat(model=model, messages=[], keep_alive="0s"),
        *client.generate(model=model, stream=True),
    ]
    return {"reasons": [call.done_reason for call in calls], "models": sorted({call.model for call in calls})}


def show():
    shown = client.show(model)
    return {"names": [m.model for m in client.list().models], "architecture": shown.modelinfo["general.architecture"]}


def failure():
    try:
        client.chat(model=model, messages=MESSAGES)
    except ollama.ResponseError as error:
        return {"status": error.status_code, "error": error.error}
    return {"status": 200}


def stream_failure():
    text = ""
    try:
        for piece in client.chat(model=model, messages=MESSAGES, stream=True):
            text += piece.message.content or ""
    except ollama.ResponseError as error:
        return {"failed": True, "text": text, "error": error.error}
    return {"failed": False, "text": text}


cases = [chat, stream, generate, tools, embed, models, load, show, failure, stream_failure]
print(json.dumps({f.__name__: f for f in cases}[case]()))
