/// Writes a Responses stream: the response as it begins, each item with its parts and deltas, the response as it ends.
struct OpenAIResponsesStreamWriter: ChatStreamWriter {
    private let envelope: OpenAIResponsesEnvelope
    private var output: OpenAIResponsesOutput
    private var events = OpenAIResponsesEvents()
    private var hasBegun = false
    private var model = ""
    private var usage: TokenUsage?

    init(_ call: AnsweredCall) {
        envelope = OpenAIResponsesEnvelope(call)
        output = OpenAIResponsesOutput(call)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .ping: stream.append(contentsOf: ": keep-alive\n\n".utf8)
        case .failure: break  // told by fail(_:requestID:into:)
        case .usage(let usage): self.usage = usage
        case .start(_, let model):
            self.model = model
            begin(into: &stream)
        default:
            begin(into: &stream)
            var events = events
            output.add(event) { step, item, place, part in
                events.write(step, item, place: place, part: part, into: &stream)
            }
            self.events = events
        }
    }

    private mutating func begin(into stream: inout [UInt8]) {
        guard !hasBegun else { return }
        hasBegun = true
        write("response.created", .inProgress, into: &stream)
        write("response.in_progress", .inProgress, into: &stream)
    }

    mutating func end(into stream: inout [UInt8]) {
        begin(into: &stream)
        var events = events
        output.end { step, item, place, part in events.write(step, item, place: place, part: part, into: &stream) }
        self.events = events
        write("response." + status.name, status, into: &stream)
    }

    private var status: OpenAIResponsesEnvelope.Status {
        OpenAIResponsesEnvelope.Status(output.stopReason, hasRefusal: output.hasRefusal)
    }

    var wholeAnswer: [UInt8]? {
        JSONWriter.write { json in
            envelope.write(status, model: model, items: output.items, usage: usage, to: &json)
        }
    }

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        events.write(failure, ending: envelope, model: model, items: output.items, into: &stream)
    }

    private mutating func write(
        _ type: String, _ status: OpenAIResponsesEnvelope.Status, into stream: inout [UInt8]
    ) {
        events.write(type, into: &stream) { json in
            json.field("response") { json in
                envelope.write(status, model: model, items: output.items, usage: usage, to: &json)
            }
        }
    }
}
