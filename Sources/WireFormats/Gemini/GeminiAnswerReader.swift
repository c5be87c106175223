/// Tells an answer, or a chunk of one, in events. A whole answer is a single chunk.
struct GeminiAnswerReader {
    /// Whether the reason was told why the answer ended.
    private(set) var isComplete = false
    private var hasStarted = false
    private var responseID = ""
    private var isReasoning = false
    private var usage: TokenUsage?
    /// How many calls of tools have begun.
    private var calls = 0
    /// The arguments of a call that comes in pieces.
    private var openCall: GeminiPartialArguments?

    /// Whether `root` can be a chunk at all.
    static func isChunk(_ root: JSONNode) -> Bool { chunkFields.contains { root[$0] != nil } }

    private static let chunkFields: [StaticString] = [
        "candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId", "error",
    ]

    /// Reads a chunk. Of several candidates the first is told; nobody asks for more.
    mutating func read(_ chunk: JSONNode, into events: inout [ChatEvent]) {
        start(chunk, &events)
        if !isComplete {
            for candidate in GoogleList(chunk["candidates"]) where (candidate["index"]?.wholeNumber ?? 0) == 0 {
                for part in GoogleList(candidate["content"]?["parts"]) { read(part: part, &events) }
                let reason = StopReason(gemini: candidate["finishReason"])
                if let reason { end(reason, chunk, &events) }
            }
            if !isComplete, chunk["promptFeedback"]?["blockReason"]?.isSpecified == true {
                end(.contentFiltered, chunk, &events)
            }
        }
        readUsage(chunk, &events)
    }

    /// The answer has come to its end, or broken off: closes what is open.
    mutating func finish(into events: inout [ChatEvent]) {
        endReasoning(&events)
        endCall(&events)
    }

    private mutating func start(_ chunk: JSONNode, _ events: inout [ChatEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        responseID = chunk.googleText("responseId") ?? ""
        events.append(.start(id: responseID, model: chunk.googleText("modelVersion") ?? ""))
    }

    private mutating func end(_ reason: StopReason, _ chunk: JSONNode, _ events: inout [ChatEvent]) {
        finish(into: &events)
        readUsage(chunk, &events)
        events.append(.finish(reason.given(toolCalls: calls > 0)))
        isComplete = true
    }

    /// Every chunk tells it anew; what is no news isn't told.
    private mutating func readUsage(_ chunk: JSONNode, _ events: inout [ChatEvent]) {
        guard let node = chunk.optional("usageMetadata"), let told = TokenUsage(gemini: node), told != usage else {
            return
        }
        usage = told
        events.append(.usage(told))
    }

    // MARK: Parts

    private mutating func read(part: JSONNode, _ events: inout [ChatEvent]) {
        let state = part.googleText("thoughtSignature").map { OpaqueState(origin: OpaqueState.google, value: $0) }
        if part["text"]?.kind == .string, part["thought"]?.kind == .true {
            if let text = part.googleText("text") { events.append(.reasoningDelta(text)) }
            isReasoning = isReasoning || part.googleText("text") != nil
            if let state {
                events.append(.reasoningEnd(state))
                isReasoning = false
            }
            return
        }
        if let call = part.optional("functionCall") { return read(call: call, state, &events) }
        if let text = part.googleText("text") {
            endReasoning(&events)
            events.append(.textDelta(text))
        } else if part.optional("text") == nil, let foreign = Self.foreignField(of: part) {
            endReasoning(&events)
            let whole = ForeignPart(origin: OpaqueState.google, type: foreign, json: Array(part.raw))
            return events.append(.foreign(whole))
        }
        if let state {
            endReasoning(&events)
            events.append(.textState(state))
        }
    }

    private mutating func endReasoning(_ events: inout [ChatEvent]) {
        if isReasoning { events.append(.reasoningEnd(nil)) }
        isReasoning = false
    }

    /// What a part holds that has no place in the canonical model: pictures, code that Google ran.
    static func foreignField(of part: JSONNode) -> String? {
        guard let members = try? part.members() else { return nil }
        for (key, value) in members where value.kind == .object && !fieldsBeside.contains(where: key.equals) {
            return key.decoded()
        }
        return nil
    }

    /// What says more of a part, and is none by itself.
    private static let fieldsBeside: [StaticString] = [
        "partMetadata", "part_metadata", "videoMetadata", "video_metadata", "mediaResolution", "media_resolution",
    ]

    // MARK: Calls

    /// A call comes whole in one part; where its arguments were asked for in pieces, in several, of which only the first has
    /// a name, and the last says no more that it will be continued.
    private mutating func read(call: JSONNode, _ state: OpaqueState?, _ events: inout [ChatEvent]) {
        endReasoning(&events)
        let continues = call["willContinue"]?.kind == .true
        if let name = call.googleText("name") {
            endCall(&events)
            let id =
                call.googleText("id")
                ?? GeminiCallID.made(from: responseID, state?.value ?? "", name, String(calls))
            events.append(.toolStart(index: calls, id: id, name: name, state: state))
            calls += 1
            openCall = GeminiPartialArguments()
        }
        guard openCall != nil else { return }
        if let arguments = call.optional("args") { openCall?.whole = Array(arguments.raw) }
        for argument in GoogleList(call["partialArgs"]) { openCall?.add(argument) }
        if !continues { endCall(&events) }
    }

    private mutating func endCall(_ events: inout [ChatEvent]) {
        guard let call = openCall else { return }
        openCall = nil
        events.append(.toolArgumentsDelta(index: calls - 1, String(decoding: call.json, as: UTF8.self)))
        events.append(.toolEnd(index: calls - 1))
    }
}
