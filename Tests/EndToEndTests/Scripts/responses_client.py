"""What the official OpenAI SDK gets of Responses that a gateway, or its provider, keeps, as JSON on stdout.

    responses_client.py http://127.0.0.1:8080/v1 CASE MODEL [ID]

The cases only report; the tests judge.
"""
import json
import sys

import openai

base_url, case, model = sys.argv[1:4]
given = sys.argv[4] if len(sys.argv) > 4 else None
client = openai.OpenAI(base_url=base_url, api_key="sk-client-key-that-stays-here", max_retries=0, timeout=60)

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def told(answer):
    return {
        "id": answer.id,
        "previous": answer.previous_response_id,
        "text": answer.output_text,
        "status": answer.status,
        "input_tokens": answer.usage and answer.usage.input_tokens,
    }


def streamed(**asked):
    """The answer that the stream's last event holds, and every id that the stream named."""
    ids, whole = set(), None
    for event in client.responses.create(model=model, stream=True, **asked):
        response = getattr(event, "response", None)
        if response is not None:
            ids.add(response.id)
            whole = response
    return told(whole) | {"ids": sorted(ids)}


def failure(call):
    try:
        call()
    except openai.APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {}
        return {"class": type(error).__name__, "status": error.status_code, "code": body.get("code"), "param": body.get("param")}
    return {"class": None}


def turns():
    first = told(client.responses.create(model=model, input="one two", instructions="Be brief."))
    second = streamed(input=[{"role": "user", "content": "three four"}], previous_response_id=first["id"])
    third = told(client.responses.create(model=model, input="five", previous_response_id=second["id"]))
    branch = told(client.responses.create(model=model, input="six", previous_response_id=first["id"]))
    return {"first": first, "second": second, "third": third, "branch": branch}


def go_on():
    return told(client.responses.create(model=model, input="and on", previous_response_id=given))


def keep_and_delete():
    made = client.responses.create(model=model, input="keep me")
    read = client.responses.retrieve(made.id)
    client.responses.delete(made.id)
    return {
        "made": told(made),
        "same": read.model_dump() == made.model_dump(),
        "after": failure(lambda: client.responses.retrieve(made.id)),
        "again": failure(lambda: client.responses.delete(made.id)),
        "on": failure(lambda: client.responses.create(model=model, input="x", previous_response_id=made.id)),
    }


def tools():
    asked = client.responses.create(model=model, input="Weather in Oslo?", tools=[WEATHER], tool_choice="required")
    call = next(item for item in asked.output if item.type == "function_call")
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    said = client.responses.create(model=model, input=[result], tools=[WEATHER], previous_response_id=asked.id)
    return {"call": call.call_id, "name": call.name, "arguments": json.loads(call.arguments), "after": told(said)}


def forged():
    made = client.responses.create(model=model, input="mine").id
    wrong = made[:-1] + ("A" if made[-1] != "A" else "B")
    return {
        name: [
            failure(lambda: client.responses.retrieve(id)),
            failure(lambda: client.responses.delete(id)),
            failure(lambda: client.responses.create(model=model, input="x", previous_response_id=id)),
        ]
        for name, id in {"changed": wrong, "cut": made[:40], "invented": "resp_68a0c4f1d2"}.items()
    } | {"mine": failure(lambda: client.responses.retrieve(made))}


print(json.dumps(globals()[case]()))
