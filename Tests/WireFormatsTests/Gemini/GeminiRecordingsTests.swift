import Foundation
import Testing

@testable import WireFormats

/// What is particular about these recordings.
enum GeminiRecordings {
    static func read(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: Recordings.folder.appending(path: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// A JSON value as a body.
    static func body(_ value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }

    /// The recorded stream as it was on the wire, or as it was parsed; nil for what was not streamed.
    static func stream(_ response: [String: Any]) throws -> [UInt8]? {
        if let raw = response["raw"] as? String { return Array(raw.utf8) }
        if let events = response["events"] as? [[String: Any]] {
            return Array(try events.map { "data: \(try body(#require($0["data"])))\r\n\r\n" }.joined().utf8)
        }
        return (response["body"] as? [Any]).map { _ in [] }
    }
}

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct GeminiRecordingsTests {
    // MARK: Requests

    @Test(arguments: Recordings.of("generateContent", "streamGenerateContent", "countTokens"))
    func `every request is read, and written again means the same`(path: String) throws {
        let recording = try GeminiRecordings.read(path)
        guard let request = recording["request"] as? [String: Any], let body = request["body"] as? [String: Any] else {
            return
        }
        let where_ = try #require(request["path"] as? String)
        let verb = try #require(where_.split(separator: ":").last.map(String.init))
        let model = try #require(where_.split(separator: "/").last?.split(separator: ":").first.map(String.init))
        let place = try Gemini.place(verb, model: model)
        let text = try GeminiRecordings.body(body)
        let outline = try text.withBytes { try GeminiFormat().outline($0, at: place, using: JSONTape()) }
        #expect(outline.estimatedInputBytes > 0 && outline.streams == (verb == "streamGenerateContent"))

        let read = try Gemini.parse(text) { try GeminiCodec().decode($0, at: place) }
        #expect(read.model == model && !read.turns.isEmpty)
        var written: [UInt8] = []
        do throws(Untranslatable) {
            _ = try GeminiUpstreamCodec().encode(read, for: TargetTraits(), into: &written)
        } catch {
            // What Google fetches only at times the gateway fetches; probabilities have no place in an answer.
            let refused = path.contains("5b218d8e") || path.contains("f350591e") || path.contains("78a98889")
            #expect(refused, "\(error.message)")
            return
        }
        let inner = body["generateContentRequest"] as? [String: Any] ?? body
        let result = try #require(try JSONSerialization.jsonObject(with: Data(written)) as? [String: Any])
        #expect(try Self.normal(inner) == Self.normal(result))
    }

    /// A request in one spelling, less what the canonical model doesn't carry.
    private static func normal(_ body: [String: Any]) throws -> NSDictionary {
        var body = try #require(camelCase(body) as? [String: Any])
        for key in ["safetySettings", "cachedContent", "modelArmorConfig", "model"] { body[key] = nil }
        if var instruction = body["systemInstruction"] as? [String: Any] {
            instruction["role"] = nil
            body["systemInstruction"] = instruction
        }
        var config = body["generationConfig"] as? [String: Any] ?? [:]
        config["responseModalities"] = nil
        if config["candidateCount"] as? Int == 1 { config["candidateCount"] = nil }
        if let schema = config.removeValue(forKey: "responseSchema") { config["responseJsonSchema"] = schema }
        // Shown without a budget, thoughts are asked for as the model sees fit.
        if var thinking = config["thinkingConfig"] as? [String: Any], thinking["thinkingLevel"] == nil {
            if thinking["thinkingBudget"] as? Int == -1 { thinking["thinkingBudget"] = nil }
            config["thinkingConfig"] = thinking
        }
        body["generationConfig"] = config
        let functions = (body["tools"] as? [[String: Any]] ?? []).flatMap {
            $0["functionDeclarations"] as? [[String: Any]] ?? []
        }
        body["tools"] = functions.isEmpty ? nil : try functions.map(normal(function:))
        if let mode = ((body["toolConfig"] as? [String: Any])?["functionCallingConfig"] as? [String: Any])?["mode"] {
            body["toolConfig"] = mode as? String == "VALIDATED" ? "AUTO" : mode
        }
        // Neighbours of one speaker may be one content or several.
        let contents = body["contents"] as? [[String: Any]] ?? []
        body["contents"] = contents.flatMap { content -> [[String: Any]] in
            (content["parts"] as? [[String: Any]] ?? []).map {
                ["role": content["role"] ?? "user", "part": normal(part: $0)]
            }
        }
        return body as NSDictionary
    }

    /// Types in small letters, and none of the fields that only Google's kind of schema has.
    private static func normal(function: [String: Any]) throws -> [String: Any] {
        var function = function
        if let schema = function.removeValue(forKey: "parameters") {
            let converted = try Gemini.parse(try GeminiRecordings.body(schema)) { GeminiSchema.jsonSchema($0).text }
            #expect(!converted.contains("propertyOrdering") && !converted.contains(#""OBJECT""#))
            function["parametersJsonSchema"] = try Gemini.json(converted)
        }
        return function
    }

    private static func normal(part: [String: Any]) -> [String: Any] {
        var part = part
        for key in ["functionCall", "functionResponse"] {
            guard var call = part[key] as? [String: Any] else { continue }
            if let id = call["id"] as? String, GeminiCallID.ownedByGoogle(id) == nil { call["id"] = nil }
            if let args = call["args"] as? NSDictionary { call["args"] = args }
            part[key] = call
        }
        if var data = part["inlineData"] as? [String: Any], let base64 = data["data"] as? String {
            data["data"] = GeminiBase64.standard(base64)
            part["inlineData"] = data
        }
        return part
    }

    /// Google's own fields in camel case; what a client put into arguments, results and schemas stays as it is.
    private static func camelCase(_ value: Any) -> Any {
        if let list = value as? [Any] { return list.map(camelCase) }
        guard let object = value as? [String: Any] else { return value }
        var result: [String: Any] = [:]
        for (key, value) in object {
            let words = key.split(separator: "_")
            let name = words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.capitalized }
            let isOpaque = ["args", "response", "parameters", "parametersJsonSchema", "responseSchema"].contains(name)
            result[name] = isOpaque ? value : camelCase(value)
        }
        return result
    }

    // MARK: Answers

    @Test(arguments: Recordings.of("generateContent", "streamGenerateContent"))
    func `every answer is read, by what passes it on and by what translates it`(path: String) throws {
        let recording = try GeminiRecordings.read(path)
        let response = try #require(recording["response"] as? [String: Any])
        if response["status"] as? Int != 200 {
            let body = try GeminiRecordings.body(#require(response["body"]))
            let failure = body.withBytes { GeminiFormat().readFailure($0, using: JSONTape()) }
            #expect(failure?.message?.isEmpty == false && failure?.type?.isEmpty == false && failure?.code != nil)
            return
        }
        if let body = response["body"] as? [String: Any] {
            let text = try GeminiRecordings.body(body)
            let answer = try Gemini.answer(text)
            try check(answer, against: [body], path)
            let outline = try text.withBytes { try GeminiFormat().readAnswer($0, using: JSONTape()) }
            #expect(outline.model == answer.model && outline.usage == answer.usage)
            return
        }
        let chunks = try #require(
            response["body"] as? [[String: Any]]
                ?? (response["events"] as? [[String: Any]])?.compactMap { $0["data"] as? [String: Any] })
        let array = "[" + (try chunks.map(GeminiRecordings.body)).joined(separator: "\n,\r\n") + "\n]"
        var streams = [Array(array.utf8)]
        if let stream = try GeminiRecordings.stream(response), !stream.isEmpty { streams.append(stream) }
        for stream in streams {
            for cuts in [[], Array(stride(from: 7, to: stream.count, by: 113)), Array(0...stream.count)] {
                let (events, reader) = Gemini.events(stream, splitAt: cuts)
                #expect(reader.isComplete && !reader.isForeign)
                try check(ChatResponse(folding: events), against: chunks, path)
            }
            guard stream.first != UInt8(ascii: "[") else { continue }
            let tap = GeminiFormat().makeStreamTap(hidesUsage: true, choices: 1, tape: JSONTape())
            #expect(stream.withUnsafeBytes { tap.feed($0) } == .all)
            #expect(tap.isComplete && !tap.isForeign && tap.failure == nil && tap.model != nil && tap.contentEvents > 0)
            #expect(tap.usage == ChatResponse(folding: Gemini.events(stream).events).usage)
        }
    }

    /// Compares an answer with what its chunks say, read in another way.
    private func check(_ answer: ChatResponse, against chunks: [[String: Any]], _ path: String) throws {
        let candidates = chunks.compactMap { ($0["candidates"] as? [[String: Any]])?.first }
        let parts = candidates.flatMap { ($0["content"] as? [String: Any])?["parts"] as? [[String: Any]] ?? [] }
        func text(_ isThought: Bool) -> String {
            parts.filter { ($0["thought"] as? Bool ?? false) == isThought }.compactMap { $0["text"] as? String }
                .joined()
        }
        #expect(answer.id == chunks.compactMap { $0["responseId"] as? String }.first)
        #expect(answer.model == chunks.compactMap { $0["modelVersion"] as? String }.first)
        #expect(answer.text == text(false))
        let thoughts = answer.parts.compactMap { if case .reasoning(let text) = $0.content { text } else { nil } }
        #expect(thoughts.joined() == text(true))
        #expect(answer.parts.compactMap(\.state?.value) == parts.compactMap { $0["thoughtSignature"] as? String })

        let names = parts.compactMap { ($0["functionCall"] as? [String: Any])?["name"] as? String }
        #expect(answer.toolCalls.map(\.name) == names && Set(answer.toolCalls.map(\.id)).count == names.count)
        for call in answer.toolCalls { #expect(try Gemini.json(call.arguments) is [String: Any]) }
        let whole = parts.compactMap { ($0["functionCall"] as? [String: Any])?["args"] as? NSObject }
        if whole.count == names.count { #expect(try answer.toolCalls.map { try Gemini.json($0.arguments) } == whole) }

        let last = chunks.compactMap { $0["usageMetadata"] as? [String: Any] }.last ?? [:]
        func count(_ key: String) -> Int { last[key] as? Int ?? 0 }
        if let total = last["totalTokenCount"] as? Int { #expect(answer.usage?.total == total) }
        #expect(answer.usage?.cacheRead ?? 0 == count("cachedContentTokenCount"))
        #expect(answer.usage?.reasoning ?? 0 == count("thoughtsTokenCount"))
        #expect(answer.usage?.output ?? 0 == count("candidatesTokenCount") + count("thoughtsTokenCount"))

        let reason = candidates.compactMap { $0["finishReason"] }.last
        let expected: StopReason =
            switch reason {
            case is Int: names.isEmpty ? .endTurn : .toolCall
            case let word as String where word == "STOP": names.isEmpty ? .endTurn : .toolCall
            case let word as String where word == "UNEXPECTED_TOOL_CALL": .malformedCall
            default: .contentFiltered
            }
        #expect(answer.stopReason == expected)
    }

    @Test(arguments: Recordings.of("generateContent", "streamGenerateContent"))
    func `every answer, written for a client and read again, is the same`(path: String) throws {
        let response = try #require(try GeminiRecordings.read(path)["response"] as? [String: Any])
        guard response["status"] as? Int == 200 else { return }
        let events: [ChatEvent]
        if let body = response["body"] as? [String: Any] {
            events = try Gemini.answer(try GeminiRecordings.body(body)).events
        } else if let body = response["body"] as? [Any] {
            events = Gemini.events(Array(try GeminiRecordings.body(body).utf8)).events
        } else {
            events = Gemini.events(try #require(try GeminiRecordings.stream(response))).events
        }
        var told = ChatResponse(folding: events)
        for query in ["alt=sse", ""] {
            let place = try Gemini.place("streamGenerateContent", query: query)
            let call = AnsweredCall(ChatRequest(model: "m"), at: place, id: "id", created: 1)
            var writer = GeminiCodec().makeStreamWriter(to: call)
            var stream: [UInt8] = []
            for event in events { writer.write(event, into: &stream) }
            writer.end(into: &stream)
            let (read, reader) = Gemini.events(stream)
            var again = ChatResponse(folding: read)
            (again.id, told.id) = ("", "")
            #expect(reader.isComplete && again.usage == (told.usage ?? nil) && again.stopReason != nil)
            #expect(again.parts == told.parts && again.model == told.model)
        }
    }

    @Test func `calls whose arguments came in pieces are whole`() throws {
        for path in Recordings.of("streamGenerateContent")
        where path.contains("df39f51a") || path.contains("d6eb5296") {
            let response = try #require(try GeminiRecordings.read(path)["response"] as? [String: Any])
            let answer = ChatResponse(
                folding: Gemini.events(try #require(try GeminiRecordings.stream(response))).events)
            let expected =
                path.contains("df39f51a")
                ? [#"{"location":"Boston"}"#, #"{"location":"San Francisco"}"#]
                : ["{}", #"{"id":"A"}"#, #"{"id":"B"}"#, #"{"id":"C"}"#]
            #expect(answer.toolCalls.map(\.arguments) == expected)
        }
    }

    // MARK: Embeddings and counts

    @Test(arguments: Recordings.of("batchEmbedContents", "predict"))
    func `recorded vectors are read, and what asks for them is written the same`(path: String) throws {
        let recording = try GeminiRecordings.read(path)
        let asked = try #require((recording["request"] as? [String: Any])?["body"] as? [String: Any])
        let answer = try GeminiRecordings.body(#require((recording["response"] as? [String: Any])?["body"]))
        let isVertex = path.hasPrefix("vertex")
        let codec: any UpstreamEmbeddingsCodec = isVertex ? VertexEmbeddingsCodec() : GeminiUpstreamEmbeddingsCodec()
        let response = try Gemini.parse(answer) { try codec.decode(answer: $0) }
        #expect(response.vectors.map(\.count) == [768] && response.usage.input == (isVertex ? 10 : 0))

        var request = EmbeddingsRequest(model: "m", inputs: [.text("Ruby is a programmer's best friend")])
        if !isVertex {
            let place = try Gemini.place("batchEmbedContents", model: "gemini-embedding-2-preview")
            request = try Gemini.parse(try GeminiRecordings.body(asked)) {
                try GeminiEmbeddingsCodec().decode($0, at: place)
            }
            #expect(request.dimensions == 768)
            var again: [UInt8] = []
            GeminiEmbeddingsCodec().encode(response, to: request, at: place, into: &again)
            let read = try Gemini.parse(again.text) { try codec.decode(answer: $0) }
            #expect(read.vectors == response.vectors)
        }
        var body: [UInt8] = []
        _ = try codec.encode(request, into: &body)
        let written = body.text.replacing(
            #","outputDimensionality""#, with: #","taskType":"RETRIEVAL_QUERY","outputDimensionality""#)
        #expect(try Gemini.json(written) == Gemini.json(GeminiRecordings.body(asked)))
    }

    @Test(arguments: Recordings.of("countTokens"))
    func `a recorded count passes`(path: String) throws {
        let response = try #require(try GeminiRecordings.read(path)["response"] as? [String: Any])
        let body = try GeminiRecordings.body(#require(response["body"]))
        #expect(try body.withBytes { try GeminiFormat().readAnswer($0, using: JSONTape()) } == AnswerOutline())
    }
}
