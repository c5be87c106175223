/// One message of a dialogue, as `/api/chat` spells it.
struct OllamaMessage {
    let role: String
    var content = ""
    var thinking = ""
    /// Base64, without the `data:` in front.
    var images: [String] = []
    var calls: [ToolCall] = []
    /// The call that a tool's message answers.
    var answered: (id: String, name: String?)?

    init(_ role: String) { self.role = role }

    /// A tool's message, which answers the call of this id.
    init(resultOf id: String, tool name: String?) {
        self.init("tool")
        answered = (id, name)
    }

    var isEmpty: Bool { content.isEmpty && thinking.isEmpty && images.isEmpty && calls.isEmpty }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("role", role)
            json.field("content", content)
            if !thinking.isEmpty { json.field("thinking", thinking) }
            if !images.isEmpty { json.array("images", images) { image, json in json.value(image) } }
            if !calls.isEmpty {
                json.array("tool_calls", calls.enumerated()) { call, json in
                    call.element.writeAsOllama(at: call.offset, to: &json)
                }
            }
            json.field("tool_name", answered?.name)
            json.field("tool_call_id", answered?.id)
        }
    }
}

extension ToolCall {
    /// Writes the call that has this place in its turn. Newer versions have the id; older ones pass it over.
    func writeAsOllama(at index: Int, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.object("function") { json in
                json.field("index", index)
                json.field("name", name)
                json.field("arguments", raw: argumentsObject)
            }
        }
    }
}
