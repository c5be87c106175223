/// Writes the events of one stream, numbered.
struct OpenAIResponsesEvents {
    private var next = 0

    /// Numbers go on from here.
    init(from next: Int = 0) { self.next = next }

    /// Writes an event of this type, framed.
    mutating func write(_ type: String, into stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        ServerSentEvents.append(type, to: &stream) { json in
            members(&json)
            json.field("sequence_number", next)
        }
        next += 1
    }

    /// Writes what ends a broken stream: what went wrong, and the response that failed.
    mutating func write(
        _ failure: ChatFailure, ending envelope: OpenAIResponsesEnvelope, model: String = "",
        items: [OpenAIResponsesItem] = [], into stream: inout [UInt8]
    ) {
        write("error", into: &stream) { json in
            json.object("error") { json in OpenAIFailure.write(failure, to: &json) }
        }
        write("response.failed", into: &stream) { json in
            json.field("response") { json in
                envelope.write(
                    .failed(code: failure.code, message: failure.message), model: model, items: items, usage: nil,
                    to: &json)
            }
        }
    }

    /// Writes what a step of the output is on the wire.
    mutating func write(
        _ step: OpenAIResponsesOutput.Step, _ item: OpenAIResponsesItem, place: Int, part: Int,
        into stream: inout [UInt8]
    ) {
        let names = Names(item.kind)
        /// The members that say where an event belongs.
        func writePlace(to json: inout JSONWriter) {
            json.field("item_id", item.id)
            json.field("output_index", place)
            if let index = names.index { json.field(index, part) }
        }
        switch step {
        case .itemAdded:
            write("response.output_item.added", into: &stream) { json in
                json.field("output_index", place)
                json.field("item", item.write)
            }
        case .partAdded(let part):
            guard let name = names.part else { return }
            write(name + ".added", into: &stream) { json in
                writePlace(to: &json)
                json.field("part") { json in item.write(part, text: "", to: &json) }
            }
        case .textAdded(let text, let part):
            write(names.text(part) + ".delta", into: &stream) { json in
                writePlace(to: &json)
                json.field("delta", text)
                if item.kind == .message, !part.isRefusal { json.array("logprobs", [Int]()) { _, _ in } }
            }
        case .partDone(let part):
            write(names.text(part) + ".done", into: &stream) { json in
                writePlace(to: &json)
                if case .call(_, let name) = item.kind { json.field("name", name) }
                json.field(names.whole(part), part.text)
                if item.kind == .message, !part.isRefusal { json.array("logprobs", [Int]()) { _, _ in } }
            }
            guard let name = names.part else { return }
            write(name + ".done", into: &stream) { json in
                writePlace(to: &json)
                json.field("part") { json in item.write(part, to: &json) }
            }
        case .itemDone:
            write("response.output_item.done", into: &stream) { json in
                json.field("output_index", place)
                json.field("item", item.write)
            }
        }
    }
}

/// What the events of a kind of item are called.
private struct Names {
    /// The events of its parts; nil where it has none.
    let part: String?
    /// The member that says which part is meant; nil where there is but one.
    let index: String?
    private let kind: OpenAIResponsesItem.Kind

    init(_ kind: OpenAIResponsesItem.Kind) {
        self.kind = kind
        switch kind {
        case .reasoning: (part, index) = ("response.reasoning_summary_part", "summary_index")
        case .message: (part, index) = ("response.content_part", "content_index")
        case .call, .customCall, .foreign: (part, index) = (nil, nil)
        }
    }

    /// The events of a part's text.
    func text(_ part: OpenAIResponsesItem.Part) -> String {
        switch kind {
        case .reasoning: "response.reasoning_summary_text"
        case .message: part.isRefusal ? "response.refusal" : "response.output_text"
        case .customCall: "response.custom_tool_call_input"
        case .call, .foreign: "response.function_call_arguments"
        }
    }

    /// The member that holds a part's whole text.
    func whole(_ part: OpenAIResponsesItem.Part) -> String {
        switch kind {
        case .reasoning: "text"
        case .message: part.isRefusal ? "refusal" : "text"
        case .customCall: "input"
        case .call, .foreign: "arguments"
        }
    }
}
