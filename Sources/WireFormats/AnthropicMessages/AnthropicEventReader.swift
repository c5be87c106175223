/// Follows a stream of Messages that passes through: named events, of which the first and the last but one tell what was
/// used.
struct AnthropicEventReader: StreamEventReader {
    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        if tally.events > 0 {
            if event.name.equals("content_block_delta") {
                countDelta(event.data, into: &tally)
                return .pass
            }
            if event.name.count > 0, !isMilestone(event.name) { return .pass }
        }
        guard let root = try? tape.parse(event.data), let type = root["type"], type.kind == .string else {
            if event.name.equals("error") {
                return tally.fail((try? tape.parse(event.data)).flatMap(AnthropicFailure.read))
            }
            if tally.events == 0 { tally.isForeign = true }
            return .pass
        }
        return read(root, type: type, into: &tally)
    }

    /// Whether an event of this name says something about the message as a whole.
    private func isMilestone(_ name: UnsafeRawBufferPointer) -> Bool {
        name.equals("message_start") || name.equals("message_delta") || name.equals("message_stop")
            || name.equals("error")
    }

    private func read(_ root: JSONNode, type: JSONNode, into tally: inout StreamTally) -> EventFate {
        if type.equals("error") {
            return tally.fail(AnthropicFailure.read(root))
        }
        if type.equals("message_start"), let message = root["message"] {
            let said = AnthropicMessagesFormat.outline(ofAnswer: message)
            if let usage = said.usage { tally.usage = usage }
            if tally.model == nil { tally.model = said.model }
        } else if type.equals("message_delta") {
            if let usage = root["usage"].flatMap({ TokenUsage(anthropic: $0, after: tally.usage) }) {
                tally.usage = usage
            }
            if let delta = root["delta"], AnthropicStop.read(delta, callsTools: false) != nil {
                tally.isComplete = true
            }
        } else if type.equals("message_stop") {
            tally.isComplete = true
        } else if type.equals("content_block_delta") {
            countDelta(root.raw, into: &tally)
        } else if tally.events == 0, !AnthropicStreamReader.isEventType(type) {
            tally.isForeign = true
        }
        return .pass
    }

    private func countDelta(_ data: UnsafeRawBufferPointer, into tally: inout StreamTally) {
        var keys = KeySearch(data, letters: KeySearch.Letters("tp"))
        var bytes = 0
        while let quote = keys.next() {
            let value =
                keys.value(of: "text", at: quote) ?? keys.value(of: "partial_json", at: quote)
                ?? keys.value(of: "thinking", at: quote)
            if let value { bytes &+= keys.lengthOfString(at: value) }
        }
        tally.addContent(bytes)
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] {
        AnthropicFailure.event(failure, requestID: requestID)
    }
}
