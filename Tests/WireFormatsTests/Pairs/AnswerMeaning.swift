import Foundation

@testable import WireFormats

/// What an answer says, whatever the pieces in which a format tells it.
struct AnswerMeaning: Equatable {
    /// The model's words, its refusals among them.
    let text: String
    /// What it thought.
    let thoughts: String
    /// Its calls: names and arguments.
    let calls: [String]
    /// Their ids.
    let callIDs: [String]
    /// What its provider wants back, in order.
    let states: [String]
    let stop: StopReason?
    let usage: TokenUsage?

    init(_ response: ChatResponse) {
        var (text, thoughts) = ("", "")
        for part in response.parts {
            switch part.content {
            case .text(let more), .refusal(let more): text += more
            case .reasoning(let more): thoughts += more
            default: break
            }
        }
        (self.text, self.thoughts) = (text, thoughts)
        calls = response.toolCalls.map { "\($0.name) \(Self.canonical($0.argumentsObject))" }
        callIDs = response.toolCalls.map(\.id)
        states = response.parts.compactMap { $0.state.map { "\($0.origin) \($0.value)" } }
        (stop, usage) = (response.stopReason, response.usage)
    }

    /// Arguments whatever their layout.
    private static func canonical(_ json: [UInt8]) -> String {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json)),
            let data = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
        else { return json.text }
        return String(decoding: data, as: UTF8.self)
    }

    /// Whether an answer that was streamed says the same as one that was whole: but for what streams estimate, and for the
    /// lifetime of what was cached, which they have no place for.
    func isSame(as other: AnswerMeaning) -> Bool { difference(from: other).isEmpty }

    /// What the two say differently.
    func difference(from other: AnswerMeaning) -> String {
        func counts(_ usage: TokenUsage?) -> [Int?] {
            guard let usage, let whole = other.usage, whole.input > 0 else { return [usage?.output] }
            return [usage.input, usage.cacheRead, usage.cacheWrite, usage.output, usage.reasoning]
        }
        var differences: [String] = []
        func compare<Value: Equatable>(_ mine: Value, _ others: Value) {
            if mine != others { differences.append("\(mine) is not \(others)") }
        }
        compare(text, other.text)
        compare(thoughts, other.thoughts)
        compare(calls, other.calls)
        compare(callIDs, other.callIDs)
        compare(states, other.states)
        compare(stop, other.stop)
        compare(counts(usage), counts(other.usage))
        return differences.joined(separator: "; ")
    }

    /// The kinds of ends that every format tells apart.
    enum Ending { case complete, cut, calling, withheld }

    /// How it ended; an answer that doesn't say is complete.
    var ending: Ending {
        switch stop {
        case .maxTokens, .contextFull: .cut
        case .toolCall: .calling
        case .contentFiltered, .refusal: .withheld
        default: .complete
        }
    }
}
