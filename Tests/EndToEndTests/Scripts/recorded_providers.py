"""Each official SDK asks each provider whose answer was recorded, through a gateway: what do they see?

    recorded_providers.py list RECORDINGS PORT           the gateway's configuration, a provider for each recording
    recorded_providers.py serve RECORDINGS               answers as the recordings say, on 127.0.0.1; prints its port
    recorded_providers.py ask RECORDINGS GATEWAY SDK     reports every difference, as JSON

What a recording says is read here by hand, apart from the gateway and from the SDKs.
"""
import base64
import http.server
import json
import pathlib
import sys

# By provider and API: the type of provider that the gateway takes it for, the rest of its address, its reader.
CHAT, RESPONSES = "openai-chat", "openai-responses"
KINDS = {
    "anthropic/messages": ("anthropic", "/v1", "anthropic"),
    "gemini/generateContent": ("gemini", "/v1beta", "gemini"),
    "gemini/streamGenerateContent": ("gemini", "/v1beta", "gemini"),
    "ollama/chat": ("ollama", "", "ollama"),
    "bedrock/converse": ("bedrock", "", "converse"),
    "bedrock/converse_stream": ("bedrock", "", "converse"),
    "openai/chat_completions": ("openai", "/v1", "chat", CHAT),
    "openai/responses": ("openai", "/v1", "responses", RESPONSES),
    "open-responses/responses": ("openai", "/v1", "responses", RESPONSES),
    "azure-openai/chat_completions": ("azure-openai", "", "chat", CHAT),
    "azure-openai/responses": ("azure-openai", "", "responses", RESPONSES),
    "ollama/openai_chat_completions": ("openai-compatible", "/v1", "chat", CHAT),
    "huggingface/tgi_chat_completions": ("openai-compatible", "/v1", "chat", CHAT),
    "gemini-openai-compat/chat_completions": ("openai-compatible", "/v1", "chat", CHAT),
    **{
        f"{name}/chat_completions": ("openai-compatible", "/v1", "chat", CHAT)
        for name in "cerebras deepseek groq huggingface mistral openai-compatible openrouter perplexity together".split()
    },
}
CREDENTIALS = {"bedrock": "access_key_id: AKIDEXAMPLE, secret_access_key: secret, location: us-east-1"}

# Recordings that no client could make sense of, and why.
CURIOUS = {
    "anthropic-messages-393c9f3c-0": "the events of two answers in one stream",
    "huggingface-tgichatcompletions-3f451161-0": "a stream without an end",
    "azure-openai-responses-b1dd60f3-0": "the events of two answers in one stream",
    "openai-responses-6847f43e-0": "pieces that don't make up the whole",
    "openrouter-chatcompletions-f1d08c29-0": "an error behind the reason to finish",
    "ollama-chat-4a7a869d-17": "an answer without a message",
}


def recordings(folder):
    """Those that can be asked again: of a chat, with one answer."""
    for entry in json.loads((folder / "index.json").read_text()):
        kind = f"{entry['provider']}/{entry['api']}"
        if kind not in KINDS or entry["id"] in CURIOUS:
            continue
        recording = json.loads((folder / entry["file"]).read_text())
        body = (recording.get("request") or {}).get("body")
        if isinstance(body, dict) and (body.get("n", 1) or 1) > 1:
            continue
        response = recording["response"]
        if isinstance(response.get("body"), dict) and response["body"].get("object") == "chat.completion.chunk":
            continue  # a piece of a stream
        if recording["provider"] == "bedrock" and recording["stream"] and not response.get("raw_base64"):
            continue  # its binary framing is not here
        if recording["stream"] and isinstance(response.get("body"), list):
            # Recorded as one array; the gateway asks for events.
            response["events"] = [{"data": element} for element in response.pop("body")]
        yield kind, recording


def served(recording):
    """The body of the recorded answer, as it was on the wire or as near to that as is known."""
    response = recording["response"]
    if response.get("raw_base64"):
        return base64.b64decode(response["raw_base64"])
    if response.get("raw"):
        return response["raw"].encode()
    if not response.get("events"):
        return json.dumps(response.get("body", {}), ensure_ascii=False).encode()
    if recording["provider"] == "ollama" and recording["api"] == "chat":
        return b"".join(json.dumps(event["data"]).encode() + b"\n" for event in response["events"])
    text = ""
    for event in response["events"]:
        if "comment" in event:
            text += f": {event['comment']}\n\n"
            continue
        data = event["data"] if isinstance(event["data"], str) else json.dumps(event["data"], ensure_ascii=False)
        text += (f"event: {event['event']}\n" if event.get("event") else "") + f"data: {data}\n\n"
    return text.encode()


def is_stream(recording):
    return bool(recording["stream"]) and recording["response"]["status"] == 200


def content_type(recording):
    if not is_stream(recording):
        return "application/json"
    if recording["provider"] == "bedrock":
        return "application/vnd.amazon.eventstream"
    return "application/x-ndjson" if (recording["provider"], recording["api"]) == ("ollama", "chat") else "text/event-stream"


# Arguments that came in pieces which only their provider has.
PARTIAL = "…"


# What an answer says, read by hand. Text, calls as (name, arguments), tokens in and out.


def events_of(recording):
    return [event["data"] for event in recording["response"]["events"] if isinstance(event.get("data"), dict)]


def read_chat(recording):
    text, calls, usage = "", {}, None
    if is_stream(recording):
        for chunk in events_of(recording):
            usage = chunk.get("usage") or usage
            for choice in chunk.get("choices", []):
                delta = choice.get("delta") or {}
                text += delta_text(delta)
                for call in delta.get("tool_calls") or []:
                    known = calls.setdefault(call.get("index", len(calls)), ["", ""])
                    function = call.get("function") or {}
                    known[0] = known[0] or function.get("name") or ""
                    known[1] += function.get("arguments") or ""
    else:
        body = recording["response"]["body"]
        usage = body.get("usage")
        message = body["choices"][0].get("message") or {}
        text = delta_text(message)
        if message.get("function_call"):
            calls[0] = [message["function_call"]["name"], message["function_call"]["arguments"]]
        for index, call in enumerate(message.get("tool_calls") or []):
            calls[index] = [call["function"]["name"], call["function"]["arguments"]]
    calls = [calls[index] for index in sorted(calls)]
    if not usage:
        return text, calls, None
    # Some count reasoning in the total only.
    rest = (usage.get("total_tokens") or 0) - (usage.get("prompt_tokens") or 0)
    # Some count more in their cache than there was to read.
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return text, calls, (usage.get("prompt_tokens"), usage.get("completion_tokens"), rest, cached)


def delta_text(delta):
    content = delta.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return (content or "") + (delta.get("refusal") or "")


def read_anthropic(recording):
    text, calls, usage = "", {}, {}
    if is_stream(recording):
        for event in events_of(recording):
            if event["type"] == "message_start":
                usage.update(event["message"]["usage"])
            elif event["type"] == "message_delta":
                usage.update({key: value for key, value in event.get("usage", {}).items() if value is not None})
            elif event["type"] == "content_block_start" and event["content_block"]["type"] == "tool_use":
                calls[event["index"]] = [event["content_block"]["name"], ""]
            elif event["type"] == "content_block_delta":
                delta = event["delta"]
                text += delta.get("text", "") if delta["type"] == "text_delta" else ""
                if delta["type"] == "input_json_delta" and event["index"] in calls:
                    calls[event["index"]][1] += delta["partial_json"]
    else:
        body = recording["response"]["body"]
        usage = body["usage"]
        for index, block in enumerate(body["content"]):
            text += block["text"] if block["type"] == "text" else ""
            if block["type"] == "tool_use":
                calls[index] = [block["name"], json.dumps(block["input"])]
    cached = (usage.get("cache_read_input_tokens") or 0) + (usage.get("cache_creation_input_tokens") or 0)
    total = (usage.get("input_tokens") or 0) + cached
    return text, [calls[index] for index in sorted(calls)], (total, usage.get("output_tokens"))


def read_gemini(recording):
    bodies = events_of(recording) if is_stream(recording) else [recording["response"]["body"]]
    text, calls, usage = "", [], None
    for body in bodies:
        usage = body.get("usageMetadata") or usage
        for candidate in (body.get("candidates") or [])[:1]:
            for part in (candidate.get("content") or {}).get("parts") or []:
                if "functionCall" in part:
                    call = part["functionCall"]
                    partial = call.get("partialArgs") or call.get("willContinue") or not call.get("name")
                    if call.get("name"):
                        calls.append([call["name"], PARTIAL if partial else json.dumps(call.get("args", {}))])
                elif not part.get("thought"):
                    text += part.get("text", "")
    if not usage:
        return text, calls, None
    read = usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0)
    return text, calls, (read, usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0))


def read_ollama(recording):
    bodies = events_of(recording) if is_stream(recording) else [recording["response"]["body"]]
    text, calls, usage = "", [], None
    for body in bodies:
        message = body.get("message") or {}
        text += message.get("content") or ""
        calls += [[call["function"]["name"], json.dumps(call["function"]["arguments"])] for call in message.get("tool_calls") or []]
        if "eval_count" in body:
            usage = (body.get("prompt_eval_count", 0), body["eval_count"])
    return text, calls, usage


def read_converse(recording):
    text, calls, usage = "", {}, None
    if is_stream(recording):
        for event in events_of(recording):
            # One member, which names the event, unless the event's headers do.
            start = event.get("contentBlockStart") or (event if "start" in event else None)
            delta = event.get("contentBlockDelta") or (event if "delta" in event else None)
            usage = (event.get("metadata") or event).get("usage") or usage
            if start and start["start"].get("toolUse", {}).get("type", "tool_use") == "tool_use" and "toolUse" in start["start"]:
                calls[start.get("contentBlockIndex", 0)] = [start["start"]["toolUse"]["name"], ""]
            if delta:
                text += delta["delta"].get("text", "")
                # What the provider's own tools are told is nobody else's affair.
                if "toolUse" in delta["delta"] and delta.get("contentBlockIndex", 0) in calls:
                    calls[delta.get("contentBlockIndex", 0)][1] += delta["delta"]["toolUse"]["input"]
    else:
        body = recording["response"]["body"]
        usage = body.get("usage")
        for index, block in enumerate(body["output"]["message"]["content"]):
            text += block.get("text", "")
            if "toolUse" in block:
                calls[index] = [block["toolUse"]["name"], json.dumps(block["toolUse"]["input"])]
    calls = [calls[index] for index in sorted(calls)]
    if not usage:
        return text, calls, None
    cached = usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
    return text, calls, (usage["inputTokens"] + cached, usage["outputTokens"])


def read_responses(recording):
    body = recording["response"].get("body")
    if is_stream(recording):
        last = [event for event in events_of(recording) if event.get("type") in ("response.completed", "response.incomplete")]
        body = last[-1]["response"] if last else {"output": []}
    text, calls = "", []
    for item in body.get("output") or []:
        if item["type"] == "message":
            text += "".join(part.get("text") or part.get("refusal") or "" for part in item["content"])
        elif item["type"] == "function_call":
            calls.append([item["name"], item["arguments"]])
    usage = body.get("usage")
    return text, calls, usage and (usage["input_tokens"], usage["output_tokens"])


READERS = {
    "chat": read_chat, "anthropic": read_anthropic, "gemini": read_gemini, "ollama": read_ollama,
    "converse": read_converse, "responses": read_responses,
}


# What each SDK sees.


def openai_chat(url):
    import openai

    client = openai.OpenAI(base_url=url + "/v1", api_key="unused", max_retries=0, timeout=30)

    def ask(model, streams):
        call = {"model": model, "messages": [{"role": "user", "content": "Go on."}]}
        if not streams:
            answer = client.chat.completions.create(**call)
            message, usage = answer.choices[0].message, answer.usage
            if not message:
                return "", [], tokens(usage, "prompt_tokens", "completion_tokens")
            called = [one.function for one in message.tool_calls or []] or [message.function_call]
            calls = [[one.name, one.arguments] for one in called if one]
            return (message.content or "") + (message.refusal or ""), calls, tokens(usage, "prompt_tokens", "completion_tokens")
        text, calls, usage = "", {}, None
        for chunk in client.chat.completions.create(**call, stream=True, stream_options={"include_usage": True}):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += (choice.delta.content or "") + (choice.delta.refusal or "")
                for one in choice.delta.tool_calls or []:
                    known = calls.setdefault(one.index, ["", ""])
                    known[0] = known[0] or one.function.name or ""
                    known[1] += one.function.arguments or ""
        return text, [calls[index] for index in sorted(calls)], tokens(usage, "prompt_tokens", "completion_tokens")

    return ask, openai.APIStatusError, openai.APIError


def openai_responses(url):
    import openai

    client = openai.OpenAI(base_url=url + "/v1", api_key="unused", max_retries=0, timeout=30)

    def ask(model, streams):
        call = {"model": model, "input": "Go on.", "store": False}
        if streams:
            # The SDK's helper takes an answer that was cut for none, so the events are read as they are.
            events = list(client.responses.create(**call, stream=True))
            answer = events[-1].response
        else:
            answer = client.responses.create(**call)
        text, calls = "", []
        for item in answer.output:
            if item.type == "message":
                text += "".join(part.text if part.type == "output_text" else part.refusal for part in item.content)
            elif item.type == "function_call":
                calls.append([item.name, item.arguments])
        return text, calls, tokens(answer.usage, "input_tokens", "output_tokens")

    return ask, openai.APIStatusError, openai.APIError


def anthropic(url):
    import anthropic as sdk

    client = sdk.Anthropic(base_url=url, api_key="unused", max_retries=0, timeout=30)

    def ask(model, streams):
        call = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Go on."}]}
        if streams:
            with client.messages.stream(**call) as stream:
                for _ in stream:
                    pass
                answer = stream.get_final_message()
        else:
            answer = client.messages.create(**call)
        text = "".join(block.text for block in answer.content if block.type == "text")
        calls = [[block.name, json.dumps(block.input)] for block in answer.content if block.type == "tool_use"]
        usage = answer.usage
        cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return text, calls, (usage.input_tokens + cached, usage.output_tokens)

    return ask, sdk.APIStatusError, sdk.APIError


def gemini(url):
    from google import genai
    from google.genai import errors, types

    client = genai.Client(api_key="unused", http_options=types.HttpOptions(base_url=url))

    def ask(model, streams):
        call = {"model": model, "contents": "Go on."}
        chunks = client.models.generate_content_stream(**call) if streams else [client.models.generate_content(**call)]
        text, calls, usage = "", [], None
        for chunk in chunks:
            usage = chunk.usage_metadata or usage
            for candidate in (chunk.candidates or [])[:1]:
                for part in (candidate.content and candidate.content.parts) or []:
                    if part.function_call:
                        if part.function_call.name:
                            calls.append([part.function_call.name, json.dumps(part.function_call.args or {})])
                    elif not part.thought:
                        text += part.text or ""
        if not usage:
            return text, calls, None
        read = (usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0)
        return text, calls, (read, (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0))

    return ask, errors.APIError, errors.APIError


def ollama(url):
    import ollama as sdk

    client = sdk.Client(host=url, timeout=30)

    def ask(model, streams):
        call = {"model": model, "messages": [{"role": "user", "content": "Go on."}]}
        chunks = client.chat(**call, stream=True) if streams else [client.chat(**call)]
        text, calls, usage = "", [], None
        for chunk in chunks:
            text += chunk.message.content or ""
            calls += [[one.function.name, json.dumps(dict(one.function.arguments))] for one in chunk.message.tool_calls or []]
            if chunk.done:
                usage = (chunk.prompt_eval_count, chunk.eval_count)
        return text, calls, usage

    return ask, sdk.ResponseError, sdk.ResponseError


SDKS = {sdk.__name__: sdk for sdk in (openai_chat, openai_responses, anthropic, gemini, ollama)}


def tokens(usage, read, written):
    return usage and (getattr(usage, read), getattr(usage, written))


def status_of(error):
    return next((value for name in ("status_code", "code") if isinstance(value := getattr(error, name, None), int)), None)


def same_calls(seen, said):
    def plain(calls):
        return [(name, json.loads(arguments or "{}")) for name, arguments in calls]

    if PARTIAL in (arguments for _, arguments in said):
        return [name for name, _ in seen] == [name for name, _ in said]
    try:
        return plain(seen) == plain(said)
    except ValueError:
        return seen == said


def possible_statuses(status):
    """What a client may be told: a refused credential is the gateway's trouble, and overload has two numbers."""
    if status == 529:
        return 503, 529
    return (502,) if status in (401, 403) or status >= 500 else (status,)


def ask_all(folder, url, name):
    ask, refused, broken = SDKS[name](url)
    asked, problems = 0, []
    for kind, recording in recordings(folder):
        def differs(what, seen, said):
            problems.append(f"{recording['id']}: {what}: the SDK saw {str(seen)[:300]!r}, recorded is {str(said)[:300]!r}")

        asked += 1
        status = recording["response"]["status"]
        is_broken = "mid_stream_error" in recording["tags"]
        try:
            text, calls, usage = ask(f"{recording['id']}/m", is_stream(recording))
        except refused as error:
            if status_of(error) is not None and status == 200 and not is_broken:
                differs("failure", error, "an answer")
            elif not is_broken and status_of(error) not in possible_statuses(status):
                differs("status", status_of(error), status)
            continue
        except broken as error:
            if not is_broken:
                differs("failure", error, "an answer")
            continue
        except Exception as error:  # whatever an SDK makes of what it can't read
            differs("exception", f"{type(error).__name__}: {error}", "an answer")
            continue
        if status != 200 or is_broken:
            differs("an answer", text, f"a failure with status {status}")
            continue
        said_text, said_calls, said_usage = READERS[KINDS[kind][2]](recording)
        # Why the model refused is told as text where there is no other place.
        if text != said_text and (said_text or "refusal_or_filter" not in recording["tags"]):
            differs("text", text, said_text)
        if not same_calls(calls, said_calls):
            differs("calls", calls, said_calls)
        if said_usage and None not in said_usage:
            read, written, *others = said_usage
            if not usage or usage[0] not in (read, *others) or usage[1] not in (written, *others):
                differs("usage", usage, said_usage)
    print(json.dumps({"asked": asked, "problems": problems}))


def configuration(folder, port):
    lines = ["providers:"]
    for kind, recording in recordings(folder):
        type_, path, _, *formats = KINDS[kind]
        base = f"http://127.0.0.1:{port}/{recording['id']}{path}"
        credential = CREDENTIALS.get(type_, "api_key: unused")
        chosen = f", api_formats: [{formats[0]}]" if formats else ""
        lines.append(f'  {recording["id"]}: {{ type: {type_}, base_url: "{base}", models: [m], {credential}{chosen} }}')
    print("\n".join(lines))


def serve(folder):
    answers = {recording["id"]: recording for _, recording in recordings(folder)}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            recording = answers[self.path.split("/")[1]]
            body = served(recording)
            self.send_response(recording["response"]["status"])
            self.send_header("content-type", content_type(recording))
            if not is_stream(recording):
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            # Cut where no event ends.
            for start in range(0, len(body), 997):
                piece = body[start : start + 997]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("listening", server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if what == "list":
        configuration(folder, int(sys.argv[3]))
    elif what == "serve":
        serve(folder)
    else:
        ask_all(folder, sys.argv[3], sys.argv[4])
