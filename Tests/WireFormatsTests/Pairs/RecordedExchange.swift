import Foundation

@testable import WireFormats

/// A recording, taken apart: what the client sent, what came back, and the formats that they are in.
struct RecordedExchange {
    /// The format of the exchange.
    let format: any WireFormat
    /// What the client sent, and where; nil where only the answer was kept.
    private(set) var request: (body: [UInt8], place: CallPlace)?
    /// The HTTP status of the answer.
    private(set) var status = 200
    /// The whole answer; nil where it was streamed.
    private(set) var answer: [UInt8]?
    /// The streams, one for each answer: some recordings hold those of several calls.
    private(set) var streams: [[UInt8]] = []

    /// The format that each of the recorded APIs speaks. `generate` is left to Ollama's own tests: no target is called so.
    private static let formats: [String: FormatID] = [
        "chat_completions": .openAIChat, "openai_chat_completions": .openAIChat, "tgi_chat_completions": .openAIChat,
        "completions": .openAICompletions, "tgi_completions": .openAICompletions, "responses": .openAIResponses,
        "messages": .anthropicMessages, "invoke": .anthropicMessages, "generateContent": .gemini,
        "streamGenerateContent": .gemini, "chat": .ollama, "converse": .bedrockConverse,
        "converse_stream": .bedrockConverse, "invoke_with_response_stream": .anthropicMessages,
        "tgi_generate": .huggingFaceTGI,
    ]

    /// All recordings of a chat, as paths.
    static let paths = formats.keys.sorted().flatMap { Recordings.of($0) }

    init(_ path: String) throws {
        let api = String(path.split(separator: "/")[1])
        guard let format = [any WireFormat].builtIn.first(where: { $0.id == Self.formats[api] }) else {
            throw MalformedBody(.invalidValue, message: "No format is known for \(path).")
        }
        self.format = format
        try Recordings.read(path) { recording in
            if let request = recording.optional("request") { try read(request) }
            try read(answer: try recording.required("response"), api: api)
        }
    }

    private mutating func read(_ request: JSONNode) throws {
        guard let body = request.optional("body"), body.kind == .object, !format.endpoints.isEmpty else { return }
        let path = try request["path"]?.string() ?? ""
        let verb = path.split(separator: ":").last.map(String.init) ?? ""
        let endpoint =
            format.endpoints.first {
                $0.path.contains("{model}") ? $0.path.hasSuffix(":" + verb) : path.hasSuffix($0.path)
            }
            ?? format.endpoints[0]
        let model = path.split(separator: "/").last?.split(separator: ":").first.map(String.init)
        self.request = (
            Array(body.raw),
            CallPlace(endpoint, model: endpoint.path.contains("{model}") ? model : nil, query: "alt=sse")
        )
    }

    private mutating func read(answer response: JSONNode, api: String) throws {
        status = response["status"]?.wholeNumber ?? 200
        if let raw = response.optional("raw") {
            streams = [Array(try raw.string().utf8)]
        } else if let raw = response.optional("raw_base64") {
            let bytes = try raw.string().withBytes { Base64.decode($0) } ?? []
            streams = [format.id == .bedrockConverse ? bytes : try Self.unwrapped(bytes)]
        } else if let events = response.optional("events") {
            for event in events.anyElements {
                let data = try event.required("data")
                if streams.isEmpty || Self.beginsAnswer(data) { streams.append([]) }
                streams[streams.count - 1] += try Self.framed(data, event["event"]?.decoded(), as: format.id)
            }
        } else if let body = response.optional("body") {
            if body.kind == .array { streams = [Array(body.raw)] } else { answer = Array(body.raw) }
        }
    }

    /// The events of an `invoke-with-response-stream`, as the model's own API would have sent them.
    private static func unwrapped(_ stream: [UInt8]) throws -> [UInt8] {
        try RecordedInvokeStream.events(stream).flatMap { Array("data: ".utf8) + $0 + Array("\n\n".utf8) }
    }

    private static func beginsAnswer(_ data: JSONNode) -> Bool {
        data["type"]?.equals("message_start") == true || data["type"]?.equals("response.created") == true
    }

    /// An event as it was on the wire.
    private static func framed(_ data: JSONNode, _ name: String?, as format: FormatID) throws -> [UInt8] {
        // The files are indented; on the wire an event was one line.
        let line =
            data.kind == .string
            ? Array(data.contents)
            : Array(try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: Data(data.raw))))
        if format == .bedrockConverse {
            return try data.members().reduce(into: []) { bytes, member in
                bytes += AWSEventStreamWriter.event(
                    member.key.decoded(), String(decoding: member.value.raw, as: UTF8.self))
            }
        }
        if format == .ollama { return line + [0x0a] }
        return Array((name.map { "event: \($0)\n" } ?? "").utf8) + Array("data: ".utf8) + line + Array("\n\n".utf8)
    }
}
