import WireFormats

/// What a simulated model says to a request, token by token, before anything is paced or cut.
struct SimulatedSpeech {
    /// The texts and tool calls, one event for each token.
    private(set) var events: [ChatEvent] = []
    private(set) var stopReason = StopReason.endTurn
    private(set) var usage = TokenUsage()

    /// How many words `lorem` writes when nobody says.
    static let fillerWhenUnset = 64
    /// How many words a simulated model can write: its own limit, however many are asked for.
    static let longestAnswer = 32_768

    /// - Throws: ``ChatFailure`` when a tool is asked for that isn't there.
    init(_ request: ChatRequest, writesFiller: Bool) throws(ChatFailure) {
        usage.inputUncached = Self.inputTokens(of: request)
        if let tool = try Self.requestedTool(request) {
            call(tool)
            return
        }
        switch request.answerForm {
        case .schema(let wanted):
            say(SchemaSample.write(wanted.schema), request)
        case .jsonObject:
            let answer = Self.echo(of: request)
            say(JSONWriter.write { $0.object { $0.field("answer", answer) } }.asText, request)
        case .text where writesFiller:
            let words = request.maxOutputTokens ?? Self.fillerWhenUnset
            say(Self.filler(min(words, Self.longestAnswer)), request)
            if case .endTurn = stopReason, request.maxOutputTokens != nil { stopReason = .maxTokens }
        case .text:
            say(Self.echo(of: request), request)
        }
    }

    // MARK: Words

    /// The text cut into words, each with the blanks before it; put together they are the text.
    static func words(_ text: String) -> [Substring] {
        var words: [Substring] = []
        var start = text.startIndex
        var (at, isInsideWord) = (start, false)
        while at < text.endIndex {
            let isBlank = text[at].isWhitespace
            if isBlank, isInsideWord {
                words.append(text[start..<at])
                start = at
            }
            isInsideWord = !isBlank
            at = text.index(after: at)
        }
        if isInsideWord {
            words.append(text[start...])
        } else if start < text.endIndex, let last = words.popLast() {
            words.append(text[last.startIndex...])
        }
        return words
    }

    static func inputTokens(of request: ChatRequest) -> Int {
        var tokens = request.instructions.reduce(0) { $0 + words([$1].text).count }
        for part in request.turns.lazy.flatMap(\.parts) {
            switch part.content {
            case .text(let text), .refusal(let text), .reasoning(let text): tokens += words(text).count
            case .toolCall(let call): tokens += words(call.arguments).count + 1
            case .toolResult(let result): tokens += words(result.text).count
            case .image, .document, .audio, .hiddenReasoning, .foreign: break
            }
        }
        return tokens
    }

    // MARK: Speaking

    /// Says a text, up to the longest that is allowed or one of the texts to stop at.
    private mutating func say(_ text: String, _ request: ChatRequest) {
        var text = text
        let stop = request.stop.lazy.filter { !$0.isEmpty }.compactMap { stop in
            Self.firstRange(of: stop, in: text).map { (start: $0, stop) }
        }.min { $0.start < $1.start }
        if let stop {
            text = String(text[..<stop.start])
            stopReason = .stopSequence(stop.1)
        }
        let words = Self.words(text)
        let limit = min(request.maxOutputTokens ?? Self.longestAnswer, Self.longestAnswer)
        if words.count > limit { stopReason = .maxTokens }
        events = words.prefix(limit).map { .textDelta(String($0)) }
        usage.output = events.count
    }

    private static func firstRange(of text: String, in whole: String) -> String.Index? {
        whole.firstRange(of: text)?.lowerBound
    }

    /// The last thing that the user said, or else what a tool said, or what the model was told to be.
    private static func echo(of request: ChatRequest) -> String {
        let turns = request.turns.reversed().filter { $0.speaker == .user }
        if let said = turns.first(where: { !$0.text.isEmpty }) { return said.text }
        for turn in turns {
            for case .toolResult(let result) in turn.parts.reversed().map(\.content) where !result.text.isEmpty {
                return result.text
            }
        }
        return request.turns.last?.text ?? request.instructions.last.map { [$0].text } ?? ""
    }

    private static func filler(_ count: Int) -> String {
        let words = """
            lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore \
            magna aliqua
            """.split(separator: " ")
        return (0..<max(0, count)).map { words[$0 % words.count] }.joined(separator: " ")
    }

    // MARK: Calling

    /// The tool that the request says must be called.
    private static func requestedTool(_ request: ChatRequest) throws(ChatFailure) -> ChatTool? {
        switch request.toolChoice {
        case .required:
            guard let first = request.tools.first else {
                throw SimulatedModel.invalid(nil, "A call is required; give 'tools' to choose from.")
            }
            return first
        case .named(let name):
            guard let tool = request.tools.first(where: { $0.name == name }) else {
                throw SimulatedModel.invalid(nil, "'tools' has no '\(name)'; name one that is there.")
            }
            return tool
        case .allowed(let names, isRequired: true):
            return request.tools.first { names.contains($0.name) }
        case .auto?, .none?, .allowed?, nil:
            return nil
        }
    }

    private mutating func call(_ tool: ChatTool) {
        let arguments = Self.words(tool.schema.map(SchemaSample.write) ?? "{}")
        events = [.toolStart(index: 0, id: "call_simulated_0", name: tool.name)]
        for word in arguments { events.append(.toolArgumentsDelta(index: 0, String(word))) }
        events.append(.toolEnd(index: 0))
        stopReason = .toolCall
        // The name is a token too.
        usage.output = arguments.count + 1
    }
}

extension [UInt8] {
    fileprivate var asText: String { String(decoding: self, as: UTF8.self) }
}
