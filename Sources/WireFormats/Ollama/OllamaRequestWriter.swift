/// Writes a call of `/api/chat`: first finds out what can't be said, then writes the rest.
struct OllamaRequestWriter {
    private let request: ChatRequest
    private let target: TargetTraits
    private(set) var losses = OllamaLosses()
    private var messages: [OllamaMessage] = []
    private var tools: [ChatTool] = []
    private var think: Think?

    /// How a model is told to think.
    private enum Think {
        case flag(Bool)
        case word(String)
    }

    init(_ request: ChatRequest, for target: TargetTraits) {
        (self.request, self.target) = (request, target)
    }

    mutating func prepare() throws(Untranslatable) {
        guard request.choices == 1 else {
            throw Untranslatable("n", "Ask for one answer at a time: Ollama gives no more.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable("logprobs", "Leave 'logprobs' out: they can't be carried over from Ollama.")
        }
        var dialogue = OllamaDialogueWriter()
        try dialogue.add(request)
        (messages, losses) = (dialogue.messages, dialogue.losses)
        tools = offeredTools()
        think = thinking()

        if request.sampling.logitBias != nil { lose("logit_bias", "Ollama has none") }
        if request.cacheHint != nil || tools.contains(where: { $0.cacheHint != nil }) { losses.addCacheHint() }
        if tools.contains(where: { $0.isStrict == true }) {
            lose("strict", "Ollama doesn't hold arguments to a schema")
        }
        if request.allowsParallelCalls == false, !tools.isEmpty {
            lose("parallel_tool_calls", "Ollama can't forbid several calls at once")
        }
        if request.verbosity != nil { lose("verbosity", "Ollama has none") }
        if request.endUser != nil { lose("user", "Ollama isn't told who asks") }
    }

    private mutating func lose(_ field: String, _ detail: String) { losses.add(field, detail) }

    /// There is no choice of tools but what is offered.
    private mutating func offeredTools() -> [ChatTool] {
        guard !request.tools.isEmpty else { return [] }
        switch request.toolChoice {
        case nil, .auto: return request.tools
        case ToolChoice.none?: return []
        case .required:
            lose("tool_choice", "the model may answer without calling a tool")
            return request.tools
        case .named(let name):
            lose("tool_choice", "only that tool is offered, but the model may answer without calling it")
            return request.tools.filter { $0.name == name }
        case .allowed(let names, let isRequired):
            if isRequired { lose("tool_choice", "the model may answer without calling a tool") }
            return request.tools.filter { names.contains($0.name) }
        }
    }

    /// Most models think or don't. GPT-OSS always does, and is told how much by a word.
    private mutating func thinking() -> Think? {
        guard let wish = request.reasoning else { return nil }
        let isGPTOSS = request.model.split(separator: "/").last?.lowercased().hasPrefix("gpt-oss") ?? false
        if wish == .off || wish == .effort("none") {
            guard isGPTOSS else { return target.reasoning == TargetTraits.ReasoningStyle.none ? nil : .flag(false) }
            lose("reasoning", "this model always thinks; it is told to think little")
            return .word("low")
        }
        if target.reasoning == TargetTraits.ReasoningStyle.none {
            // It would be refused.
            lose("reasoning", "this model doesn't think")
            return nil
        }
        guard let asked = wish.effortWord else { return .flag(true) }
        guard isGPTOSS || target.reasoning == .adaptive else {
            lose("reasoning", "this model thinks or doesn't; how much is left to it")
            return .flag(true)
        }
        let word = Self.words[asked] ?? "medium"
        if word != wish.effortWord { lose("reasoning", "said as '\(word)'") }
        return .word(word)
    }

    private static let words = [
        "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high",
    ]

    func write(into body: inout [UInt8]) {
        let start = body.count
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("model", request.model)
                // Left out, it would mean true.
                json.field("stream", request.streams)
                json.array("messages", messages) { message, json in message.write(to: &json) }
                if !tools.isEmpty { json.array("tools", tools, Self.write) }
                switch request.answerForm {
                case .text: break
                case .jsonObject: json.field("format", "json")
                case .schema(let schema): json.field("format", raw: schema.schema)
                }
                switch think {
                case .flag(let flag)?: json.field("think", flag)
                case .word(let word)?: json.field("think", word)
                case nil: break
                }
                json.field("truncate", false)
                writeOptions(to: &json, bodyStart: start)
            }
        }
    }

    private func writeOptions(to json: inout JSONWriter, bodyStart: Int) {
        let sampling = request.sampling
        json.object("options") { json in
            json.field("num_ctx", window(written: json.bytes.count - bodyStart))
            json.field("num_predict", request.maxOutputTokens)
            json.field("temperature", sampling.temperature)
            json.field("top_p", sampling.topP)
            json.field("top_k", sampling.topK)
            json.field("min_p", sampling.minP)
            json.field("frequency_penalty", sampling.frequencyPenalty)
            json.field("presence_penalty", sampling.presencePenalty)
            json.field("seed", sampling.seed)
            if !request.stop.isEmpty { json.array("stop", request.stop) { text, json in json.value(text) } }
        }
    }

    /// - Parameter bytes: How long the body is so far: all of its text, in JSON's wrapping, and the pictures.
    private func window(written bytes: Int) -> Int {
        let pictures = messages.flatMap(\.images)
        var output = request.maxOutputTokens
        if let asked = output, let longest = target.longestAnswer { output = min(asked, longest) }
        return OllamaContextWindow.size(
            forText: bytes - pictures.reduce(0) { $0 + $1.utf8.count }, pictures: pictures.count, output: output)
    }

    private static func write(_ tool: ChatTool, to json: inout JSONWriter) {
        json.object { json in
            json.field("type", "function")
            json.object("function") { json in
                json.field("name", tool.name)
                json.field("description", tool.description)
                json.field("parameters", raw: tool.schemaOrEmpty)
            }
        }
    }
}
