import Foundation
import Testing

@testable import WireFormats

/// Lends OpenAI's codecs what they read, and gathers what they write.
enum OpenAIExchange {
    /// Lends a text's outermost value.
    static func parsing<Result>(_ text: String, _ read: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try withExtendedLifetime(tape) { try text.withBytes { try read(try tape.parseBody($0)) } }
    }

    static func decode(_ body: String, _ format: any WireFormat = OpenAIChatFormat()) throws -> ChatRequest {
        let codec = try #require(format.chat)
        return try parsing(body) { try codec.decode($0, at: format.place) }
    }

    /// A request that is one message, without what is around it.
    static func turn(_ message: String) throws -> ChatTurn {
        let request = try decode(#"{"model":"m","messages":[{"role":"user","content":"?"},\#(message)]}"#)
        return try #require(request.turns.last)
    }

    static func answer(
        _ response: ChatResponse, to request: ChatRequest = ChatRequest(model: "asked"),
        _ format: any WireFormat = OpenAIChatFormat()
    ) throws -> String {
        var body: [UInt8] = []
        let call = AnsweredCall(request, at: format.place, id: "1", created: 7)
        try #require(format.chat).encode(response, to: call, into: &body)
        return body.text
    }

    /// The stream's events without `data: ` and what is the same in all of them.
    static func chunks(
        _ events: [ChatEvent], to request: ChatRequest = ChatRequest(model: "asked"),
        _ format: any WireFormat = OpenAIChatFormat()
    ) throws -> [String] {
        var writer = try #require(format.chat).makeStreamWriter(
            to: AnsweredCall(request, at: format.place, id: "1", created: 7))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream.text.components(separatedBy: "\n\n").dropLast().map {
            $0.replacing("data: ", with: "")
                .replacing(#""id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"#, with: "")
        }
    }

    static func encode(_ request: ChatRequest, for target: TargetTraits = TargetTraits()) throws -> (String, [Loss]) {
        var body: [UInt8] = []
        let losses = try OpenAIChatUpstreamCodec().encode(request, for: target, into: &body)
        return (body.text, losses)
    }

    static func read(answer: String) throws -> ChatResponse {
        try parsing(answer) { try OpenAIChatUpstreamCodec().decode(answer: $0) }
    }

    /// What a reader makes of a stream that comes in pieces.
    static func read(
        stream: [UInt8], splitAt cuts: [Int] = []
    ) -> (events: [ChatEvent], reader: any ChatStreamReader) {
        let reader = OpenAIChatUpstreamCodec().makeStreamReader()
        let tape = JSONTape()
        var events: [ChatEvent] = []
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            Array(stream[from..<to]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
        }
        reader.finish(using: tape, into: &events)
        return (events, reader)
    }

    /// A stream of these chunks, each the rest of an object that begins with the answer's id.
    static func stream(_ chunks: String...) -> [UInt8] {
        Array(
            (chunks.map { #"data: {"id":"c","created":1,"model":"gpt",\#($0)}"# + "\n\n" }.joined() + "data: [DONE]\n\n")
                .utf8)
    }

    static func delta(_ delta: String, finish: String = "null") -> String {
        #""choices":[{"index":0,"delta":{\#(delta)},"finish_reason":\#(finish)}]"#
    }

    /// What in these events is out of the order that ``ChatEvent`` promises; nil when nothing is.
    static func disorder(in events: [ChatEvent]) -> String? {
        var (hasStarted, hasFinished, isThinking) = (false, false, false)
        var calls: [Int: Bool] = [:]
        for event in events where event != .ping {
            let isUsage = if case .usage = event { true } else { false }
            if case .failure = event { return event == events.last ? nil : "something follows the failure" }
            if hasFinished, !isUsage { return "\(event) follows the end" }
            if !hasStarted {
                guard case .start = event else { return "\(event) comes before the start" }
            }
            switch event {
            case .start: if hasStarted { return "two starts" } else { hasStarted = true }
            case .reasoningDelta: isThinking = true
            case .reasoningEnd: isThinking = false
            case .usage, .ping: break
            default: if isThinking { return "\(event) interrupts reasoning" }
            }
            switch event {
            case .toolStart(let index, let id, _, _):
                if index != calls.count || id.isEmpty { return "call \(index) has no right number or id" }
                calls[index] = true
            case .toolArgumentsDelta(let index, let text):
                if calls[index] != true || text.isEmpty { return "arguments outside of call \(index)" }
            case .toolEnd(let index): if calls.updateValue(false, forKey: index) != true { return "call ends twice" }
            case .finish:
                if calls.values.contains(true) { return "a call is open at the end" }
                hasFinished = true
            default: break
            }
        }
        return nil
    }
}
