/// Reads a Responses request: its fields here, its dialogue with an ``OpenAIResponsesInputReader``.
///
/// A `previous_response_id` is an objection here, since the answer that it names isn't in the body: where the gateway keeps
/// the dialogue, it is put in its place before the call is decoded (``OpenAIResponsesStoredAnswers``).
struct OpenAIResponsesRequestReader {
    private var request: ChatRequest

    static func read(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var reader = Self(request: ChatRequest(model: try body.required("model").string()))
        for (key, value) in try body.members() where !value.isNull { try reader.read(key, value) }
        try reader.readDialogue(body)
        return reader.request
    }

    private init(request: ChatRequest) {
        self.request = request
        // Its streams always end with the usage.
        self.request.asksForUsage = true
    }

    private mutating func readDialogue(_ body: JSONNode) throws(MalformedBody) {
        var reader = OpenAIResponsesInputReader()
        if let instructions = try body.optional("instructions")?.string() { reader.instruct([.text(instructions)]) }
        if let input = body.optional("input") {
            try reader.read(input)
        } else if request.unread.allSatisfy({ $0.objection == nil }) {
            _ = try body.required("input").elements()
        }
        request.instructions = reader.instructions
        request.turns = reader.turns
        request.tools += reader.tools
        for field in reader.unread { request.unread.note(field.name, objection: field.objection) }
    }

    // MARK: Fields

    /// A key that is given twice is read twice, and the last one counts.
    private mutating func read(_ key: JSONNode, _ value: JSONNode) throws(MalformedBody) {
        let name = key.decoded()
        switch name {
        case "model", "input", "instructions": break
        case "max_output_tokens": request.maxOutputTokens = try value.integer(in: 0...Int.max)
        case "temperature": request.sampling.temperature = try value.number(in: 0...2)
        case "top_p": request.sampling.topP = try value.number(in: 0...1)
        case "stream": request.streams = try value.boolean()
        case "parallel_tool_calls": request.allowsParallelCalls = try value.boolean()
        case "tools": try readTools(value)
        case "tool_choice":
            request.toolChoice = try ToolChoice(responses: value)
            if request.toolChoice == nil { request.unread.note(name, objection: Self.providersTool) }
        case "reasoning": try readReasoning(value)
        case "text": try readText(value)
        case "include": try readInclude(value)
        case "top_logprobs":
            let count = try value.integer(in: 0...20)
            if count > 0 || request.logProbabilities != nil { request.logProbabilities = count }
        case "safety_identifier": request.endUser = try value.string()
        case "user": if request.endUser == nil { request.endUser = try value.string() }
        default: noteUnread(name, value)
        }
    }

    static let providersTool = "asks for a tool that the provider runs itself"

    private mutating func readTools(_ tools: JSONNode) throws(MalformedBody) {
        request.tools = []
        for tool in try tools.elements() {
            if let tool = try Self.tool(tool) {
                request.tools.append(tool)
            } else {
                request.unread.note("tools", objection: Self.objection(to: tool))
            }
        }
    }

    /// nil for what no other format has.
    static func tool(_ tool: JSONNode) throws(MalformedBody) -> ChatTool? {
        guard let type = tool.optional("type"), !type.equals("function") else { return try ChatTool(responses: tool) }
        return type.equals("custom") ? try ChatTool.openAICustom(tool) : nil
    }

    static func objection(to tool: JSONNode) -> String {
        tool["type"]?.equals("custom") == true
            ? "describes a custom tool's text in a way that other providers don't know" : providersTool
    }

    private mutating func readReasoning(_ wish: JSONNode) throws(MalformedBody) {
        guard wish.kind == .object else { throw wish.malformed("must be an object") }
        request.reasoning = try ReasoningWish(responses: wish)
        if wish.optional("context") != nil { request.unread.note("reasoning.context") }
        if wish.optional("mode") != nil { request.unread.note("reasoning.mode") }
    }

    private mutating func readText(_ text: JSONNode) throws(MalformedBody) {
        guard text.kind == .object else { throw text.malformed("must be an object") }
        request.verbosity = try text.optional("verbosity")?.string()
        guard let format = text.optional("format") else { return }
        if let form = try AnswerForm(responses: format) {
            request.answerForm = form
        } else {
            request.unread.note("text.format", objection: "asks for a form of answer that other providers don't have")
        }
    }

    /// Sealed reasoning is always included.
    private mutating func readInclude(_ include: JSONNode) throws(MalformedBody) {
        for wish in try include.elements() {
            if wish.equals("message.output_text.logprobs") {
                request.logProbabilities = request.logProbabilities ?? 0
            } else if !wish.equals("reasoning.encrypted_content") {
                request.unread.note("include")
            }
        }
    }

    // MARK: Fields without a place

    private mutating func noteUnread(_ name: String, _ value: JSONNode) {
        switch name {
        case "previous_response_id":
            request.unread.note(name, objection: "goes on from an answer that its provider has stored")
        case "conversation":
            request.unread.note(name, objection: "belongs to a conversation that its provider stores")
        case "prompt":
            request.unread.note(name, objection: "uses a prompt that its provider has stored")
        case "background":
            if value.kind != .false { request.unread.note(name, objection: "asks for an answer in the background") }
        case "stream_options": break
        case "truncation":
            if !value.equals("disabled") { request.unread.note(name) }
        default:
            if !Self.isUsual(value) { request.unread.note(Self.isPlain(name) ? name : "an unknown field") }
        }
    }

    /// Whether a value says what leaving its field out says too.
    private static func isUsual(_ value: JSONNode) -> Bool {
        switch value.kind {
        case .false, .null: true
        case .string: value.equals("auto") || value.equals("default")
        case .object, .array: value.raw.dropFirst().first { $0 > 0x20 } == value.raw.last
        case .true, .number: false
        }
    }

    /// Whether a key may be repeated in a header.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
            }
    }
}
