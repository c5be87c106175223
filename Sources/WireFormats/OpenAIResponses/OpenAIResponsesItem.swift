/// An item of an answer's output: what the model thought, said or called.
struct OpenAIResponsesItem {
    /// What it is.
    enum Kind: Equatable {
        case reasoning
        case message
        case call(id: String, name: String)
        case customCall(id: String, name: String)
        /// What its provider alone understands, as it was written.
        case foreign([UInt8])
    }

    /// A part of a message or of a reasoning's summary, or the arguments of a call.
    struct Part {
        var isRefusal = false
        var text = ""
    }

    let id: String
    let kind: Kind
    var parts: [Part] = []
    /// What the provider wants back with a piece of reasoning.
    private var sealed = OpenAIResponsesCarriedState.nothing
    /// Whether all of it is there, or all that will come of it.
    var isDone = false
    /// Whether the answer ended in the middle of it.
    var isCut = false

    init(id: String, _ kind: Kind) { (self.id, self.kind) = (id, kind) }

    mutating func seal(_ state: OpenAIResponsesCarriedState) { sealed = state.encryptedContent(itemID: id) }

    private var status: String { isDone ? (isCut ? "incomplete" : "completed") : "in_progress" }

    func write(to json: inout JSONWriter) {
        if case .foreign(let raw) = kind { return json.value(raw: raw) }
        json.object { json in
            json.field("id", id)
            switch kind {
            case .reasoning:
                json.field("type", "reasoning")
                json.array("summary", parts) { part, json in write(part, to: &json) }
                json.field("encrypted_content", sealed)
            case .message:
                json.field("type", "message")
                json.field("status", status)
                json.field("role", "assistant")
                json.array("content", parts) { part, json in write(part, to: &json) }
            case .call(let callID, let name):
                json.field("type", "function_call")
                json.field("status", status)
                json.field("call_id", callID)
                json.field("name", name)
                json.field("arguments", parts.first?.text ?? "")
            case .customCall(let callID, let name):
                json.field("type", "custom_tool_call")
                json.field("status", status)
                json.field("call_id", callID)
                json.field("name", name)
                json.field("input", parts.first?.text ?? "")
            case .foreign: break
            }
        }
    }

    /// Writes a part as the value, perhaps with another text than its own.
    func write(_ part: Part, text: String? = nil, to json: inout JSONWriter) {
        let text = text ?? part.text
        json.object { json in
            if kind == .reasoning {
                json.field("type", "summary_text")
                json.field("text", text)
            } else if part.isRefusal {
                json.field("type", "refusal")
                json.field("refusal", text)
            } else {
                json.field("type", "output_text")
                json.field("text", text)
                json.array("annotations", [Int]()) { _, _ in }
                json.array("logprobs", [Int]()) { _, _ in }
            }
        }
    }
}
