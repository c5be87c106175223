import Foundation
import Testing

@testable import WireFormats

/// Chat's codecs over exchanges recorded from real services.
@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedChatTests {
    private static let chats = ["chat_completions", "openai_chat_completions", "tgi_chat_completions"].flatMap {
        Recordings.of($0)
    }

    private func object(_ json: UnsafeRawBufferPointer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    }

    // MARK: Requests

    /// What is said in a dialogue, without what Chat's upstream isn't told.
    private func script(_ request: ChatRequest) -> [String] {
        var script: [String] = []
        func say(_ speaker: String, _ parts: [ChatPart]) {
            let texts = parts.compactMap { if case .text(let text) = $0.content, !text.isEmpty { text } else { nil } }
            let separator = speaker == "assistant" ? "" : "\n\n"
            if !texts.isEmpty { script.append(speaker + ": " + texts.joined(separator: separator)) }
            for part in parts {
                switch part.content {
                case .toolCall(let call):
                    script.append("call \(call.id) \(call.name) \(call.arguments.isEmpty ? "{}" : call.arguments)")
                case .toolResult(let result):
                    say(
                        "result \(result.callID)",
                        result.parts.filter { if case .text = $0.content { true } else { false } })
                    let shown = result.parts.filter { if case .text = $0.content { false } else { true } }
                    if !shown.isEmpty { say("user", [.text("Result of the tool call \(result.callID):")] + shown) }
                case .image(let media), .document(let media), .audio(let media):
                    script.append(
                        "\(speaker) shows \(media.source) \(media.mediaType ?? "") \(media.name ?? "document.pdf")")
                default: break
                }
            }
        }
        say("system", request.instructions)
        for turn in request.turns { say(turn.speaker.rawValue, turn.parts) }
        return script
    }

    @Test(arguments: chats)
    func `every recorded request is read, and says the same when it is written again`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["request"]?.optional("body"), body.kind == .object else { return }
            let request = try OpenAIChatCodec().decode(body, at: OpenAIChatFormat().place)
            var asked = request
            (asked.choices, asked.logProbabilities) = (1, nil)
            let (written, losses) = try OpenAIExchange.encode(asked)
            let again = try OpenAIExchange.decode(written)
            #expect(script(again) == script(request))

            let (before, after) = (try object(body.raw), try #require(try? written.withBytes(object)))
            for key in [
                "model", "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "reasoning_effort",
                "verbosity", "user",
            ] {
                guard let value = before[key], !(value is NSNull) else { continue }
                #expect(value as? NSObject == after[key] as? NSObject, "\(key)")
            }
            if let limit = before["max_completion_tokens"] ?? before["max_tokens"] {
                #expect(limit as? NSObject == (after["max_completion_tokens"] ?? after["max_tokens"]) as? NSObject)
            }
            var tools = request.tools
            for place in tools.indices { tools[place].cacheHint = nil }
            #expect(again.tools == tools && again.toolChoice == (tools.isEmpty ? nil : request.toolChoice))
            #expect(form(again) == form(request) && again.stop == request.stop && again.streams == request.streams)
            #expect(Set(losses.map(\.field)).isSubset(of: ["cache_control", "reasoning"]))
        }
    }

    /// A name is made where there is none.
    private func form(_ request: ChatRequest) -> AnswerForm {
        guard case .schema(var schema) = request.answerForm else { return request.answerForm }
        schema.name = schema.name ?? "answer"
        return .schema(schema)
    }

    @Test func `the marks of recorded requests and their signatures are kept`() throws {
        for path in Recordings.of("chat_completions") where path.contains("openrouter-chatcompletions-bd6c3898-1") {
            try Recordings.read(path) { recording throws in
                let request = try OpenAIChatCodec().decode(
                    recording.required("request").required("body"), at: OpenAIChatFormat().place)
                #expect(request.instructions.last?.cacheHint == CacheHint(lifetime: "5m"))
                #expect(request.tools.last?.cacheHint == CacheHint(lifetime: "5m"))
                #expect(request.turns.last?.parts.last?.cacheHint == CacheHint(lifetime: "5m"))
            }
        }
        for path in Recordings.of("chat_completions") where path.contains("openrouter-chatcompletions-325759ea-1") {
            try Recordings.read(path) { recording throws in
                let body = try recording.required("request").required("body")
                let request = try OpenAIChatCodec().decode(body, at: OpenAIChatFormat().place)
                let part = request.turns.flatMap(\.parts).first {
                    if case .reasoning = $0.content { true } else { false }
                }
                let state = try #require(part?.state)
                #expect(state.origin == OpaqueState.anthropic && request.reasoning == .budget(2000))
                #expect(String(decoding: body.raw, as: UTF8.self).contains(state.value))
            }
        }
    }

    // MARK: Answers

    @Test(arguments: chats)
    func `every recorded answer is read, whole or streamed`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let response = recording["response"], response["status"]?.wholeNumber == 200 else { return }
            if let body = response.optional("body"), body.kind == .object {
                guard body.optional("error") == nil else { return }
                try check(OpenAIChatUpstreamCodec().decode(answer: body), against: [try object(body.raw)])
                return
            }
            let raw = try Recordings.stream(recording) ?? rebuilt(response)
            let whole = OpenAIExchange.read(stream: raw)
            for step in raw.count < 20_000 ? [1, 113] : [13, 113] {
                let split = OpenAIExchange.read(
                    stream: raw, splitAt: Array(stride(from: step, to: raw.count, by: step)))
                #expect(split.events.filter { $0 != .ping } == whole.events.filter { $0 != .ping })
            }
            #expect(!whole.reader.isForeign && OpenAIExchange.disorder(in: whole.events) == nil)
            let chunks = raw.text.replacing("\r\n", with: "\n").split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.drop { $0 != "{" }.utf8)) as? [String: Any]
            }
            guard !whole.events.contains(where: { if case .failure = $0 { true } else { false } }) else {
                #expect(path.contains("groq-chatcompletions-4d555ec2-0") && !whole.reader.isComplete)
                return
            }
            let isCutShort = path.contains("tgichatcompletions-3f451161")
            #expect(whole.reader.isComplete == !isCutShort)
            try check(ChatResponse(folding: whole.events), against: chunks)
        }
    }

    /// A stream that was kept parsed only.
    private func rebuilt(_ response: JSONNode) throws -> [UInt8] {
        var stream: [UInt8] = []
        for event in try response.required("events").elements() {
            guard let data = event.optional("data") else { continue }
            // Line ends in it are the recording's own layout.
            let json = data.kind == .string ? Array(data.decoded().utf8) : data.raw.filter { $0 != UInt8(ascii: "\n") }
            stream += Array("data: ".utf8) + json
            stream += Array("\n\n".utf8)
        }
        return stream
    }

    /// Compares with what the raw objects say, gathered in the simplest way.
    private func check(_ answer: ChatResponse, against chunks: [[String: Any]]) throws {
        var (text, reasoning, arguments, signatures) = ("", "", "", [String]())
        var (usage, finish, isRefused): ([String: Any]?, String?, Bool) = (nil, nil, false)
        for chunk in chunks {
            usage = (chunk["usage"] ?? (chunk["x_groq"] as? [String: Any])?["usage"]) as? [String: Any] ?? usage
            for choice in chunk["choices"] as? [[String: Any]] ?? [] where choice["index"] as? Int ?? 0 == 0 {
                if let reason = choice["finish_reason"] as? String, !reason.isEmpty { finish = reason }
                guard let message = (choice["message"] ?? choice["delta"]) as? [String: Any] else { continue }
                let said = chunks.count > 1 ? choice["delta"] as? [String: Any] ?? message : message
                text += said["content"] as? String ?? ""
                reasoning += said["reasoning_content"] as? String ?? said["reasoning"] as? String ?? ""
                for detail in said["reasoning_details"] as? [[String: Any]] ?? [] {
                    signatures += [detail["signature"], detail["data"]].compactMap { $0 as? String }
                }
                for call in said["tool_calls"] as? [[String: Any]] ?? [] {
                    arguments += (call["function"] as? [String: Any])?["arguments"] as? String ?? ""
                }
                arguments += (said["function_call"] as? [String: Any])?["arguments"] as? String ?? ""
                isRefused = isRefused || said["refusal"] is String
                let google = (said["extra_content"] as? [String: Any])?["google"] as? [String: Any]
                signatures += [google?["thought_signature"]].compactMap { $0 as? String }
            }
        }
        #expect(answer.text == text)
        #expect(answer.parts.reduce(into: "") { if case .reasoning(let more) = $1.content { $0 += more } } == reasoning)
        #expect(answer.toolCalls.map(\.arguments).joined() == arguments)
        #expect(answer.parts.compactMap(\.state?.value) == signatures)
        #expect(answer.toolCalls.allSatisfy { $0.id.count > 3 && !$0.name.isEmpty })
        #expect(Set(answer.toolCalls.map(\.id)).count == answer.toolCalls.count)
        #expect((answer.usage == nil) == (usage == nil))
        if let usage, let told = answer.usage {
            #expect(
                told.input >= usage["prompt_tokens"] as? Int ?? 0
                    && told.output >= usage["completion_tokens"] as? Int ?? 0)
        }
        switch finish {
        case _ where !answer.toolCalls.isEmpty && finish != nil: #expect(answer.stopReason == .toolCall)
        case "stop": #expect(answer.stopReason == (isRefused ? .refusal : .endTurn))
        case "length": #expect(answer.stopReason == .maxTokens)
        case "content_filter": #expect(answer.stopReason == .contentFiltered)
        default: break
        }
    }

    // MARK: Completions and Embeddings

    @Test(arguments: Recordings.of("completions"))
    func `recorded prompts are read, unless they are tokens`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["request"]?.optional("body"), body.kind == .object else { return }
            let format = OpenAICompletionsFormat()
            let isText = body["prompt"]?.kind == .string
            let request = try? OpenAICompletionsCodec().decode(body, at: format.place)
            #expect((request != nil) == isText && request?.turns.count ?? 1 == 1 && request?.unread.isEmpty ?? true)
        }
    }

    @Test(arguments: Recordings.of("embeddings").filter { !$0.hasPrefix("ollama/") })
    func `recorded embeddings are read and written again`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["request"]?.optional("body"),
                recording["response"]?["status"]?.wholeNumber == 200
            else { return }
            let format = OpenAIEmbeddingsFormat()
            let request = try OpenAIEmbeddingsCodec().decode(body, at: format.place)
            let answer = try recording.required("response").required("body")
            let response = try OpenAIEmbeddingsUpstreamCodec().decode(answer: answer)
            #expect(response.vectors.count == request.inputs.count && response.usage.input > 0)
            var written: [UInt8] = []
            OpenAIEmbeddingsCodec().encode(response, to: request, at: format.place, into: &written)
            let before = try #require(answer["data"]?.anyElements.first { _ in true }?["embedding"])
            try OpenAIExchange.parsing(written.text) { written throws in
                let after = try #require(written["data"]?.anyElements.first { _ in true }?["embedding"])
                if before.kind == .string { #expect(try after.string() == before.string()) }
            }
        }
    }
}
