"""What the official Google GenAI SDK gets from a gateway, as JSON on stdout.

    gemini_client.py http://127.0.0.1:8080 CASE [MODEL]

The cases only report; the tests judge.
"""
import json
import sys

from google import genai
from google.genai import errors, types

base_url, case = sys.argv[1], sys.argv[2]
model = sys.argv[3] if len(sys.argv) > 3 else "simulated/echo"
client = genai.Client(api_key="key-that-stays-here", http_options=types.HttpOptions(base_url=base_url))
WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            description="The weather in a city",
            parameters={"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
        )
    ]
)
QUIET = types.AutomaticFunctionCallingConfig(disable=True)


def told(answer):
    usage = answer.usage_metadata
    return {
        "model": answer.model_version,
        "finish": answer.candidates[0].finish_reason if answer.candidates else None,
        "input": usage and usage.prompt_token_count,
        "output": usage and usage.candidates_token_count,
        "total": usage and usage.total_token_count,
    }


def chat():
    config = types.GenerateContentConfig(system_instruction="Be brief.", max_output_tokens=64)
    answer = client.models.generate_content(model=model, contents="one two three", config=config)
    return {**told(answer), "text": answer.text}


def stream():
    pieces = list(client.models.generate_content_stream(model=model, contents="one two three"))
    return {**told(pieces[-1]), "text": "".join(p.text or "" for p in pieces), "pieces": len(pieces)}


def tools():
    config = types.GenerateContentConfig(
        tools=[WEATHER],
        automatic_function_calling=QUIET,
        tool_config=types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode="ANY")),
    )
    answer = client.models.generate_content(model=model, contents="Weather in Oslo?", config=config)
    call = answer.function_calls[0]
    return {**told(answer), "name": call.name, "arguments": dict(call.args)}


def count_tokens():
    return {"total": client.models.count_tokens(model=model, contents="one two three four").total_tokens}


def embed():
    answer = client.models.embed_content(model=model, contents=["a", "b"])
    return {"vectors": len(answer.embeddings), "length": len(answer.embeddings[0].values)}


def models():
    return {"names": [m.name for m in client.models.list()]}


def model_info():
    shown = client.models.get(model=model)
    answer = client.models.generate_content(model=model, contents="Hi")
    return {"name": shown.name, "names": [m.name for m in client.models.list()], "text": answer.text}


def failure():
    try:
        client.models.generate_content(model=model, contents="Hi")
    except errors.APIError as error:
        return {"status": error.code, "google": error.status, "message": error.message}
    return {"status": 200}


cases = [chat, stream, tools, count_tokens, embed, models, model_info, failure]
print(json.dumps({f.__name__: f for f in cases}[case]()))
