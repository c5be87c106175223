import Foundation
import Testing

@testable import WireFormats

/// What is particular about these recordings.
private enum OllamaRecordings {
    /// A recording's stream: as it was on the wire, or made of its lines where only those were kept.
    static func stream(_ recording: JSONNode) throws -> [UInt8]? {
        guard let response = recording["response"] else { return nil }
        if let raw = response.optional("raw") { return Array(try raw.string().utf8) }
        guard let events = response.optional("events") else { return nil }
        // The folder's files are indented; on the wire a line was one.
        return try events.anyElements.flatMap { event in
            let line = try JSONSerialization.jsonObject(with: Data(event["data"]?.raw ?? event.raw))
            return try JSONSerialization.data(withJSONObject: line) + [0x0a]
        }
    }

    /// Where a recording's call arrives.
    static func place(_ path: String) -> CallPlace {
        Ollama.place("/api/" + path.split(separator: "/")[1])
    }
}

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedOllamaTests {
    @Test func `there are recordings`() {
        #expect(
            Recordings.of("ollama/chat", "ollama/generate", "ollama/embed", "ollama/embeddings", "ollama/ps").count
                >= 20)
    }

    @Test(arguments: Recordings.of("ollama/chat", "ollama/generate"))
    func `every recorded request is read, and says the same when it is written`(path: String) throws {
        try Recordings.read(path) { recording in
            guard let body = recording["request"]?.optional("body"), body.kind == .object else { return }
            let place = OllamaRecordings.place(path)
            let outline = try Ollama.format.outline(body.raw, at: place, using: JSONTape())
            let request = try OllamaChatCodec().decode(body, at: place)
            #expect(outline.model == request.model)
            #expect(outline.streams == (request.streams && !outline.asksNothing))
            #expect(outline.maxOutputTokens == request.maxOutputTokens)
            #expect(request.unread.allSatisfy { $0.objection == nil })
            guard !request.turns.isEmpty else { return }

            let sent = try Ollama.object(Array(body.raw))
            let (written, losses) = try Ollama.encode(request)
            #expect(losses.isEmpty)
            #expect(written["model"] as? String == sent["model"] as? String)
            #expect(written["stream"] as? Bool == sent["stream"] as? Bool ?? true)
            let messages =
                sent["messages"] as? NSArray
                ?? [Self.message(sent["prompt"] as? String, sent["images"] as? NSArray)]
            #expect(written["messages"] as? NSArray == messages)
            let tools = sent["tools"] as? NSArray ?? []
            #expect(written["tools"] as? NSArray ?? [] == tools)
            if let format = sent["format"] as? NSDictionary { #expect(written["format"] as? NSDictionary == format) }
            let options = sent["options"] as? NSDictionary ?? [:]
            for name in [
                "temperature", "top_p", "top_k", "seed", "num_predict", "frequency_penalty", "presence_penalty", "stop",
            ] {
                #expect(
                    (written["options"] as? NSDictionary)?[name] as? NSObject == options[name] as? NSObject, "\(name)")
            }
        }
    }

    private static func message(_ text: String?, _ images: NSArray?) -> NSDictionary {
        var message: [String: Any] = ["role": "user", "content": text ?? ""]
        if let images, images.count > 0 { message["images"] = images }
        return message as NSDictionary
    }

    @Test(arguments: Recordings.of("ollama/chat", "ollama/generate"))
    func `every recorded answer is read`(path: String) throws {
        try Recordings.read(path) { recording in
            guard let body = recording["response"]?.optional("body"), body.kind == .object else { return }
            let sent = try Ollama.object(Array(body.raw))
            if let error = sent["error"] as? String {
                #expect(Ollama.format.readFailure(body.raw, using: JSONTape())?.message == error)
                return
            }
            let outline = try Ollama.format.readAnswer(body.raw, using: JSONTape())
            let response = try OllamaUpstreamChatCodec().decode(answer: body)
            let message = sent["message"] as? NSDictionary ?? sent
            #expect(response.model == sent["model"] as? String && outline.model == response.model)
            #expect(response.text == (message["content"] ?? message["response"]) as? String)
            #expect(response.usage == outline.usage)
            #expect(response.usage?.input == sent["prompt_eval_count"] as? Int)
            #expect(response.usage?.output == sent["eval_count"] as? Int)

            let calls = (message["tool_calls"] as? [NSDictionary] ?? []).compactMap { $0["function"] as? NSDictionary }
            #expect(response.toolCalls.map(\.name) == calls.compactMap { $0["name"] as? String })
            for (read, call) in zip(response.toolCalls, calls) {
                #expect(try Ollama.object(read.arguments) == call["arguments"] as? NSDictionary)
                #expect(!read.id.isEmpty)
            }
            let word = sent["done_reason"] as? String ?? "stop"
            let reason: StopReason = calls.isEmpty ? (word == "stop" ? .endTurn : .other(word)) : .toolCall
            #expect(response.stopReason == reason)
            let thoughts = response.parts.filter { if case .reasoning = $0.content { true } else { false } }
            let thought = message["thinking"] as? String
            #expect(thoughts == (thought.map { [ChatPart(.reasoning($0))] } ?? []))
        }
    }

    @Test(arguments: Recordings.of("ollama/chat", "ollama/generate"))
    func `every recorded stream is read, whole or in pieces`(path: String) throws {
        try Recordings.read(path) { recording in
            guard let stream = try OllamaRecordings.stream(recording) else { return }
            let lines = try Ollama.lines(stream)
            let (events, reader) = Ollama.read(stream)
            for cuts in [Array(1..<stream.count), Array(stride(from: 7, to: stream.count, by: 113))] {
                #expect(Ollama.read(stream, splitAt: cuts).events == events)
            }
            for cut in stride(from: 0, through: stream.count, by: stream.count > 4000 ? 61 : 1) {
                #expect(Ollama.read(stream, splitAt: [cut]).events == events)
            }

            let response = ChatResponse(folding: events)
            let texts = lines.compactMap {
                ($0["response"] ?? ($0["message"] as? NSDictionary)?["content"]) as? String
            }
            #expect(response.text == texts.joined() && !response.text.isEmpty)
            #expect(response.model == lines[0]["model"] as? String && !reader.isForeign)
            let followed = Ollama.follow(stream).tally
            #expect(followed.model == response.model && followed.isComplete == reader.isComplete)
            #expect(followed.usage == response.usage && followed.contentEvents > 0)
            if let error = lines.last?["error"] as? String {
                #expect(events.last == .failure(UpstreamFailureBody(message: error)) && !reader.isComplete)
                #expect(followed.failure?.message == error)
            } else {
                #expect(reader.isComplete && response.stopReason == .endTurn)
                #expect(response.usage?.input == lines.last?["prompt_eval_count"] as? Int ?? 0)
                #expect(response.usage?.output == lines.last?["eval_count"] as? Int)
            }
        }
    }

    @Test(arguments: Recordings.of("ollama/chat", "ollama/generate"))
    func `an answer that is read is written as it was, but for the times`(path: String) throws {
        try Recordings.read(path) { recording in
            guard let body = recording["response"]?.optional("body"), body["done"] != nil,
                body["done_reason"]?.equals("stop") == true
            else { return }
            let response = try OllamaUpstreamChatCodec().decode(answer: body)
            var written: [UInt8] = []
            let call = AnsweredCall(ChatRequest(model: "m"), at: OllamaRecordings.place(path), id: "1", created: 0)
            OllamaChatCodec().encode(response, to: call, into: &written)
            let (sent, back) = (try Ollama.object(Array(body.raw)), try Ollama.object(written))
            for name in ["model", "response", "done", "done_reason", "prompt_eval_count", "eval_count"] {
                #expect(back[name] as? NSObject == sent[name] as? NSObject, "\(name)")
            }
            for case let name as String in sent.allKeys where name != "context" {
                #expect(back[name] != nil, "\(name)")
            }
            let message = sent["message"] as? NSDictionary
            for name in ["role", "content", "thinking"] {
                #expect((back["message"] as? NSDictionary)?[name] as? String == message?[name] as? String)
            }
            if let calls = message?["tool_calls"] as? [NSDictionary], calls[0]["id"] != nil {
                #expect((back["message"] as? NSDictionary)?["tool_calls"] as? NSArray == calls as NSArray)
            }
        }
    }

    @Test(arguments: Recordings.of("ollama/embed", "ollama/embeddings"))
    func `every recorded embedding is read and written both ways`(path: String) throws {
        try Recordings.read(path) { recording in
            let (request, answer) = (
                try #require(recording["request"]?["body"]), try #require(recording["response"]?["body"])
            )
            let place = OllamaRecordings.place(path)
            _ = try Ollama.format.outline(request.raw, at: place, using: JSONTape())
            let read = try OllamaEmbeddingsCodec().decode(request, at: place)
            #expect(read.inputs.count == 1)
            let response = try OllamaUpstreamEmbeddingsCodec().decode(answer: answer)
            #expect(response.vectors.count == 1 && (response.vectors.first?.count ?? 0) >= 10)
            #expect(response.usage.input == answer["prompt_eval_count"]?.wholeNumber ?? 0)
            var written: [UInt8] = []
            OllamaEmbeddingsCodec().encode(response, to: read, at: place, into: &written)
            let again = try Ollama.parse(written.text) { try OllamaUpstreamEmbeddingsCodec().decode(answer: $0) }
            #expect(again.vectors == response.vectors)
        }
    }

    @Test(arguments: Recordings.of("ollama/ps"))
    func `the recorded list of running models has no field that ours lacks`(path: String) throws {
        try Recordings.read(path) { recording in
            let body = try #require(recording["response"]?["body"])
            let ours = OllamaModelList.running([OllamaModelList.Model(name: "m", family: "llama")], expiresAt: 0)
            func model(_ bytes: [UInt8]) throws -> NSDictionary {
                try #require((Ollama.object(bytes)["models"] as? [NSDictionary])?.first)
            }
            let (theirs, written) = (try model(Array(body.raw)), try model(ours))
            func keys(_ object: Any?) -> Set<String> { Set((object as? NSDictionary)?.allKeys as? [String] ?? []) }
            #expect(keys(theirs).isSubset(of: keys(written)))
            #expect(keys(theirs["details"]) == keys(written["details"]))
        }
    }
}
