/// Reads the choice of a whole answer, or of a stream's chunks one after the other: a message and a delta say the same
/// things in the same words.
struct OpenAIChatAnswerReader {
    /// Whether the reason why the answer ended was told.
    private(set) var isComplete = false
    private var hasStarted = false
    private var hasRefused = false
    private var usage: TokenUsage?
    private var reasoning = OpenAIReasoningReader()
    private var calls = OpenAIChatCallReader()
    private var answer = OpenAIChatCallReader.Answer()

    /// Reads a whole answer or a chunk.
    ///
    /// - Returns: What went wrong, when it tells of a failure; what came before was told.
    mutating func read(_ chunk: JSONNode, isWhole: Bool, into events: inout [ChatEvent]) -> UpstreamFailureBody? {
        let choice = chunk["choices"]?.anyElements.first { isWhole || ($0["index"]?.wholeNumber ?? 0) == 0 }
        let said = OpenAIOutline.answer(chunk)
        // Azure's first chunk is about the prompt, and has no name of its own yet.
        if choice != nil || said.usage != nil || isWhole { start(chunk, said, into: &events) }
        // What fails once the answer is over can't take it back.
        if !isComplete, let failure = Self.failure(chunk, choice) { return failure }

        let message = (isWhole ? choice?.optional("message") : nil) ?? choice?.optional("delta")
        if !isComplete, let message { read(message: message, isWhole: isWhole, into: &events) }
        if let usage = said.usage, usage != self.usage {
            self.usage = usage
            events.append(.usage(usage))
        }
        if !isComplete, let choice, let reason = Self.reason(choice) { finish(reason, into: &events) }
        return nil
    }

    private mutating func start(_ chunk: JSONNode, _ said: AnswerOutline, into events: inout [ChatEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        let (id, model) = (chunk.openAIText("id") ?? "", said.model ?? "")
        answer = .init(id: id, created: chunk["created"]?.wholeNumber ?? 0, signsLate: OpenAIModelName(model).isGemini)
        events.append(.start(id: id, model: model))
    }

    private static func failure(_ chunk: JSONNode, _ choice: JSONNode?) -> UpstreamFailureBody? {
        if let error = chunk["error"], !error.saysNothing {
            return OpenAIFailure.read(chunk) ?? UpstreamFailureBody()
        }
        guard let choice, choice["finish_reason"]?.equals("error") == true else { return nil }
        return OpenAIFailure.read(choice) ?? UpstreamFailureBody(code: choice.openAIText("native_finish_reason"))
    }

    // MARK: What is said

    private mutating func read(message: JSONNode, isWhole: Bool, into events: inout [ChatEvent]) {
        var thoughts: [ChatEvent] = []
        reasoning.read(message, into: &thoughts)
        if !thoughts.isEmpty {
            calls.endWhole(into: &events)
            events += thoughts
        }
        // Gemini's signature is the text's where there is text, else the call's.
        var signature = message.thoughtSignature
        if let text = message.openAIText("content") {
            tell(.textDelta(text), into: &events)
            if let state = signature { tell(.textState(state), into: &events) }
            signature = nil
        } else if let content = message["content"] {
            for part in content.anyElements { read(part: part, into: &events) }
        }
        if let refusal = message.openAIText("refusal") {
            hasRefused = true
            tell(.refusalDelta(refusal), into: &events)
        }
        if let list = message["tool_calls"] {
            for call in list.anyElements {
                reasoning.close(into: &events)
                calls.read(call, signature, isWhole: isWhole, of: answer, into: &events)
                signature = nil
            }
        }
        if let function = message.optional("function_call") {
            reasoning.close(into: &events)
            calls.read(olderCall: function, of: answer, into: &events)
        }
        if let signature, !calls.sign(signature) { tell(.textState(signature), into: &events) }
    }

    /// Mistral's parts, in which thoughts stand beside text.
    private mutating func read(part: JSONNode, into events: inout [ChatEvent]) {
        if let thinking = part["thinking"] {
            let thought = OpenAIChatContent.thought(thinking)
            guard !thought.isEmpty else { return }
            calls.endWhole(into: &events)
            reasoning.tell(thought, into: &events)
        } else if let text = part.openAIText("text") {
            tell(.textDelta(text), into: &events)
        }
    }

    private mutating func tell(_ event: ChatEvent, into events: inout [ChatEvent]) {
        reasoning.close(into: &events)
        calls.endWhole(into: &events)
        events.append(event)
    }

    // MARK: How it ends

    private static func reason(_ choice: JSONNode) -> StopReason? {
        guard let word = choice.openAIText("finish_reason") else { return nil }
        switch word {
        // vLLM tells which text was met.
        case "stop": return choice.openAIText("stop_reason").map { .stopSequence($0) } ?? .endTurn
        case "eos", "eos_token", "end_turn": return .endTurn
        case "stop_sequence": return .stopSequence(nil)
        case "length", "max_tokens": return .maxTokens
        case "model_length": return .contextFull
        case "tool_calls", "function_call": return .toolCall
        case "content_filter": return .contentFiltered
        default: return .other(word)
        }
    }

    private mutating func finish(_ reason: StopReason, into events: inout [ChatEvent]) {
        endPieces(into: &events)
        isComplete = true
        let given = reason.given(toolCalls: !calls.isEmpty)
        events.append(.finish(hasRefused && given == .endTurn ? .refusal : given))
    }

    /// The stream's terminator has come: who gave no reason has just ended.
    mutating func terminate(into events: inout [ChatEvent]) {
        if hasStarted, !isComplete { finish(.endTurn, into: &events) }
    }

    /// Nothing more comes: what is open is over.
    mutating func endPieces(into events: inout [ChatEvent]) {
        reasoning.close(into: &events)
        calls.endAll(into: &events)
    }
}
