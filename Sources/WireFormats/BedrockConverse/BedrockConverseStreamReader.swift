/// Reads a Converse stream: an ``AWSEventStream`` whose messages are events, told apart by a header.
final class BedrockConverseStreamReader: ChatStreamReader {
    private(set) var isComplete = false
    private(set) var isForeign = false

    private var messages = AWSEventStream()
    private var hasStarted = false
    private var hasFailed = false
    /// The numbers of the tool calls that aren't whole, by their blocks'.
    private var openCalls: [Int: Int] = [:]
    private var calls = 0
    /// The block that calls the tool which takes the answer.
    private var answerBlock: Int?
    private var openReasoning: Reasoning?

    /// A block of reasoning that isn't whole.
    private struct Reasoning {
        let block: Int
        var signature = ""
        var hidden: [UInt8] = []
        var hasText = false
    }

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        var cursor = 0
        while !isForeign, !hasFailed {
            do throws(AWSEventStream.Fault) {
                guard let message = try messages.next(in: piece, at: &cursor) else { return }
                read(message, using: tape, into: &events)
            } catch {
                stop(BedrockFailure.damaged(error.rawValue), into: &events)
            }
        }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {}

    /// What isn't understood ends a stream that has begun, and is no Converse stream at all where nothing was.
    private func stop(_ failure: UpstreamFailureBody, into events: inout [ChatEvent]) {
        if hasStarted { fail(failure, into: &events) } else { isForeign = true }
    }

    /// What fails behind a whole answer doesn't make it less whole.
    private func fail(_ failure: UpstreamFailureBody, into events: inout [ChatEvent]) {
        hasFailed = true
        if !isComplete { events.append(.failure(failure)) }
    }

    private func read(
        _ message: AWSEventStream.Message, using tape: JSONTape, into events: inout [ChatEvent]
    ) {
        if let failure = BedrockFailure.read(message, using: tape) { return fail(failure, into: &events) }
        guard let kind = message.headers.text(":event-type").flatMap(Kind.init) else {
            if !hasStarted { isForeign = true }
            return
        }
        guard let event = try? tape.parse(message.payload), event.kind == .object else {
            return stop(BedrockFailure.damaged("an event is no JSON object"), into: &events)
        }
        if !hasStarted {
            hasStarted = true
            events.append(.start(id: "", model: ""))
        }
        let block = event["contentBlockIndex"]?.wholeNumber ?? 0
        switch kind {
        case .messageStart: break
        case .blockStart: start(block, event["start"], into: &events)
        case .blockDelta: add(event["delta"], to: block, into: &events)
        case .blockStop: end(block, into: &events)
        case .messageStop: end(event, into: &events)
        case .metadata:
            if let usage = event.optional("usage").flatMap({ TokenUsage(bedrock: $0) }) { events.append(.usage(usage)) }
        }
    }

    private enum Kind {
        case messageStart, blockStart, blockDelta, blockStop, messageStop, metadata

        init?(_ name: UnsafeRawBufferPointer) {
            switch name {
            case _ where name.equals("contentBlockDelta"): self = .blockDelta
            case _ where name.equals("contentBlockStart"): self = .blockStart
            case _ where name.equals("contentBlockStop"): self = .blockStop
            case _ where name.equals("messageStart"): self = .messageStart
            case _ where name.equals("messageStop"): self = .messageStop
            case _ where name.equals("metadata"): self = .metadata
            default: return nil
            }
        }
    }

    // MARK: Blocks

    /// Only calls have a beginning of their own. Those of tools that ran at the provider are none of the client's.
    private func start(_ block: Int, _ start: JSONNode?, into events: inout [ChatEvent]) {
        guard let call = start?.optional("toolUse"), call["type"]?.equals("server_tool_use") != true else { return }
        endReasoning(into: &events)
        if AnswerTool.isCalled(call["name"]) {
            answerBlock = block
            return
        }
        events.append(
            .toolStart(
                index: calls, id: call["toolUseId"]?.decoded() ?? "", name: call["name"]?.decoded() ?? ""))
        openCalls[block] = calls
        calls += 1
    }

    private func add(_ delta: JSONNode?, to block: Int, into events: inout [ChatEvent]) {
        guard let delta else { return }
        if let reasoning = delta.optional("reasoningContent") {
            if openReasoning?.block != block {
                endReasoning(into: &events)
                openReasoning = Reasoning(block: block)
            }
            add(reasoning, into: &events)
        } else if let text = Self.text(delta["text"]) {
            endReasoning(into: &events)
            events.append(.textDelta(text))
        } else if let arguments = Self.text(delta["toolUse"]?["input"]) {
            if block == answerBlock {
                events.append(.textDelta(arguments))
            } else if let index = openCalls[block] {
                events.append(.toolArgumentsDelta(index: index, arguments))
            }
        }
    }

    private func add(_ reasoning: JSONNode, into events: inout [ChatEvent]) {
        if let text = Self.text(reasoning["text"]) {
            openReasoning?.hasText = true
            events.append(.reasoningDelta(text))
        }
        if let signature = Self.text(reasoning["signature"]) { openReasoning?.signature += signature }
        if var hidden = Self.text(reasoning["redactedContent"]),
            let bytes = hidden.withUTF8({ Base64.decode(UnsafeRawBufferPointer($0)) })
        {
            openReasoning?.hidden += bytes
        }
    }

    private func end(_ block: Int, into events: inout [ChatEvent]) {
        if let index = openCalls.removeValue(forKey: block) { events.append(.toolEnd(index: index)) }
        if answerBlock == block { answerBlock = nil }
        if openReasoning?.block == block { endReasoning(into: &events) }
    }

    private func endReasoning(into events: inout [ChatEvent]) {
        guard let reasoning = openReasoning else { return }
        openReasoning = nil
        if let state = OpaqueState(hiddenReasoning: reasoning.hidden) { events.append(.hiddenReasoning(state)) }
        if reasoning.hasText || !reasoning.signature.isEmpty {
            events.append(
                .reasoningEnd(
                    reasoning.signature.isEmpty
                        ? nil : OpaqueState(origin: OpaqueState.anthropic, value: reasoning.signature)))
        }
    }

    /// The answer is whole; what it used may follow.
    private func end(_ event: JSONNode, into events: inout [ChatEvent]) {
        endReasoning(into: &events)
        for index in openCalls.values.sorted() { events.append(.toolEnd(index: index)) }
        openCalls = [:]
        guard !isComplete else { return }
        isComplete = true
        let reason = StopReason(
            bedrock: event["stopReason"]?.decoded() ?? "end_turn",
            stop: BedrockConverseCodec.stopSequence(event["additionalModelResponseFields"]))
        events.append(.finish(reason.given(toolCalls: calls > 0)))
    }

    /// A text that says something.
    private static func text(_ node: JSONNode?) -> String? {
        guard let node, node.kind == .string, node.contents.count > 0 else { return nil }
        return node.decoded()
    }
}
