/// Tells one tool call from another in the deltas of a stream, or in a whole message, whatever of `index` and `id` there
/// is, and tells them as events.
struct OpenAIChatCallReader {
    /// A call, and how far it has been told.
    private struct Call {
        /// Its upstream's id, where that tells it from others.
        let wireID: String
        let id: String
        /// Whether its arguments are just a text, of which nobody can tell where it ends.
        let isCustom: Bool
        var name: String
        var state: OpaqueState?
        /// Arguments that came before the call could be told.
        var held = ""
        /// Its number in the events, once it has been told.
        var number: Int?
        var isEnded = false
        var arguments = JSONEnd()
    }

    /// What an id is made from for a call that came without.
    struct Answer {
        /// The answer's id.
        var id = ""
        /// When it was made, in seconds since 1970.
        var created = 0
        /// Whether a call's signature may come behind the call, which is therefore held until something else comes.
        var signsLate = false
    }

    private var calls: [Call] = []
    private var told = 0
    /// The places of those that aren't over, in order.
    private var open: [Int] = []
    private var byIndex: [Int: Int] = [:]
    private var byID: [String: Int] = [:]

    /// Whether there was any call.
    var isEmpty: Bool { calls.isEmpty }

    /// Reads an element of `tool_calls`.
    ///
    /// - Parameters:
    ///   - signature: Came with the message; it is the call's if that has none of its own.
    ///   - isWhole: Whether it is a call of its own, not a part of one.
    mutating func read(
        _ delta: JSONNode, _ signature: OpaqueState?, isWhole: Bool, of answer: Answer, into events: inout [ChatEvent]
    ) {
        let function = delta["function"] ?? delta["custom"]
        let id = delta.openAIText("id").flatMap { OpenAICallID.isUsable($0) ? $0 : nil } ?? ""
        var name = function?.openAIText("name") ?? ""
        let index = isWhole ? nil : delta["index"]?.wholeNumber
        let arguments = Self.arguments(of: function)
        let place: Int
        if !isWhole, let known = call(index: index, id: id, name: name, arguments: arguments) {
            place = known
        } else {
            // A signature or a piece of arguments without a call to belong to.
            if name.isEmpty, id.isEmpty { return }
            endWhole(into: &events)
            place = begin(id: id, name: name, isCustom: delta["function"] == nil && delta["custom"] != nil, of: answer)
            if let index { byIndex[index] = place }
            if !id.isEmpty { byID[id] = place }
        }
        // A name is told once, by some with every piece of the arguments.
        if !calls[place].name.isEmpty { name = "" }
        take(name, arguments, delta.thoughtSignature ?? signature, for: place, of: answer, into: &events)
    }

    private mutating func begin(id: String, name: String, isCustom: Bool = false, of answer: Answer) -> Int {
        let place = calls.count
        let made = { OpenAICallID.make(answer: answer.id, created: answer.created, index: place, name: name) }
        calls.append(Call(wireID: id, id: id.isEmpty ? made() : id, isCustom: isCustom, name: ""))
        open.append(place)
        return place
    }

    /// Reads the older form's one call.
    mutating func read(olderCall function: JSONNode, of answer: Answer, into events: inout [ChatEvent]) {
        let name = function.openAIText("name") ?? ""
        if calls.isEmpty { _ = begin(id: "", name: name, of: answer) }
        take(calls[0].name.isEmpty ? name : "", Self.arguments(of: function), nil, for: 0, of: answer, into: &events)
    }

    /// Gives a signature that came by itself to the call that waits for one.
    mutating func sign(_ state: OpaqueState) -> Bool {
        guard let first = open.first, calls[first].number == nil, calls[first].state == nil else { return false }
        calls[first].state = state
        return true
    }

    /// A string; some write the object itself.
    private static func arguments(of function: JSONNode?) -> String {
        switch function?["arguments"]?.kind ?? function?["input"]?.kind {
        case .string: function?.openAIText("arguments") ?? function?.openAIText("input") ?? ""
        case .object: function?["arguments"].map { String(decoding: $0.raw, as: UTF8.self) } ?? ""
        default: ""
        }
    }

    /// The call that a delta goes on with; nil when it begins one.
    private func call(index: Int?, id: String, name: String, arguments: String) -> Int? {
        guard let last = index.map({ byIndex[$0] }) ?? byID[id] ?? calls.indices.last else { return nil }
        let call = calls[last]
        // Without a name there is nothing to begin; ids of pieces may be anything.
        if name.isEmpty || call.name.isEmpty { return last }
        if !id.isEmpty, !call.wireID.isEmpty { return id == call.wireID ? last : nil }
        if !id.isEmpty, index == nil { return nil }
        // Some repeat the index, or the name; what has been said whole is over when more comes.
        return call.arguments.isOver && !arguments.isEmpty || call.name != name ? nil : last
    }

    // MARK: Telling

    private mutating func take(
        _ name: String, _ arguments: String, _ state: OpaqueState?, for place: Int, of answer: Answer,
        into events: inout [ChatEvent]
    ) {
        calls[place].name += name
        if !calls[place].isCustom { calls[place].arguments.read(arguments) }
        if calls[place].state == nil { calls[place].state = state }
        if let number = calls[place].number {
            if !arguments.isEmpty, !calls[place].isEnded {
                events.append(.toolArgumentsDelta(index: number, arguments))
            }
            return
        }
        calls[place].held += arguments
        if !calls[place].name.isEmpty, !answer.signsLate || calls[place].state != nil { _ = tell(place, into: &events) }
    }

    /// Tells a call, unless it was told before, and returns its number.
    private mutating func tell(_ place: Int, into events: inout [ChatEvent]) -> Int {
        let call = calls[place]
        if let number = call.number { return number }
        events.append(.toolStart(index: told, id: call.id, name: call.name, state: call.state))
        if !call.held.isEmpty { events.append(.toolArgumentsDelta(index: told, call.held)) }
        (calls[place].number, calls[place].held) = (told, "")
        told += 1
        return told - 1
    }

    /// Something else begins: calls that waited for a signature are told, and those whose arguments are whole are over.
    /// Others may go on all the same.
    mutating func endWhole(into events: inout [ChatEvent]) {
        guard !open.isEmpty else { return }
        for place in open where !calls[place].name.isEmpty { _ = tell(place, into: &events) }
        end(where: { $0.number != nil && $0.arguments.isOver }, into: &events)
    }

    /// The answer is over, and all calls with it.
    mutating func endAll(into events: inout [ChatEvent]) {
        end(where: { _ in true }, into: &events)
    }

    private mutating func end(where isOver: (Call) -> Bool, into events: inout [ChatEvent]) {
        var stillOpen: [Int] = []
        for place in open {
            if isOver(calls[place]) {
                events.append(.toolEnd(index: tell(place, into: &events)))
                calls[place].isEnded = true
            } else {
                stillOpen.append(place)
            }
        }
        open = stillOpen
    }
}

/// Finds where a JSON object ends that comes in pieces.
private struct JSONEnd {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether the object's last brace has come.
    private(set) var isOver = false

    mutating func read(_ piece: String) {
        for byte in piece.utf8 {
            if isEscaped {
                isEscaped = false
            } else if isInString {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    isOver = false
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    isOver = depth <= 0
                default: break
                }
            }
        }
    }
}
