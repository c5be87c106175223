/// Follows a stream of Chat or Completions: `data:` chunks with `choices`, and `[DONE]`.
///
/// Most chunks are only skimmed for the keys that matter. A chunk is parsed when it is the first, brings usage, ends a
/// choice, or tells of a failure.
struct OpenAIChunkReader: StreamEventReader {
    private let hidesUsage: Bool
    private let choices: Int
    /// The choices that gave the reason why they ended, by index; some upstreams give it twice.
    private var finished: Set<Int> = []

    /// How the first chunk begins, up to its choices. The others usually begin the same, and are skimmed from there.
    private var beginning: [UInt8] = []

    init(hidesUsage: Bool, choices: Int) {
        (self.hidesUsage, self.choices) = (hidesUsage, choices)
    }

    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        if event.data.equals("[DONE]") {
            if tally.events == 0 { tally.isForeign = true }
            tally.isComplete = true
            return .pass
        }
        let isFirst = tally.events == 0
        let isNamedError = event.name.equals("error")
        let isWorthParsing = skim(event.data, into: &tally)
        // The first chunk of some names no model.
        guard isWorthParsing || isFirst || isNamedError || (tally.model == nil && tally.events < 4) else {
            return .pass
        }

        guard let chunk = try? tape.parse(event.data), chunk.kind == .object else {
            if isNamedError { return tally.fail(nil) }
            if isFirst { tally.isForeign = true }
            return .pass
        }
        if isNamedError || chunk.optional("error") != nil {
            return tally.fail(OpenAIFailure.read(chunk))
        }
        return read(chunk, isFirst: isFirst, into: &tally)
    }

    private mutating func read(_ chunk: JSONNode, isFirst: Bool, into tally: inout StreamTally) -> EventFate {
        guard let list = chunk["choices"], list.kind == .array else {
            if isFirst { tally.isForeign = true }
            return .pass
        }
        if beginning.isEmpty {
            beginning = Array(chunk.raw.part(0..<(list.range.lowerBound - chunk.range.lowerBound)))
        }
        let said = OpenAIOutline.answer(chunk)
        if let usage = said.usage { tally.usage = usage }
        if tally.model == nil { tally.model = said.model }

        var isEmpty = true
        for choice in list.anyElements {
            isEmpty = false
            guard let reason = choice["finish_reason"], reason.kind == .string, reason.contents.count > 0 else {
                continue
            }
            finished.insert(choice["index"]?.wholeNumber ?? 0)
            if reason.equals("error") { return tally.fail(nil) }
        }
        if finished.count >= choices { tally.isComplete = true }
        return isEmpty && hidesUsage && said.usage != nil ? .drop : .pass
    }

    /// What the keys begin with that ``skim(_:into:)`` knows.
    private static let letters = KeySearch.Letters("uefcrat")

    /// Counts the text that a chunk brings, and says whether it is worth parsing.
    private func skim(_ chunk: UnsafeRawBufferPointer, into tally: inout StreamTally) -> Bool {
        let start = chunk.starts(withBytesOf: beginning) ? beginning.count : 0
        var keys = KeySearch(chunk.part(start..<chunk.count), letters: Self.letters)
        var isWorthParsing = false
        var bytes = 0
        while let quote = keys.next() {
            switch keys.byte(quote &+ 1) {
            case UInt8(ascii: "u"):
                guard let value = keys.value(of: "usage", at: quote) else { continue }
                if keys.byte(value) == UInt8(ascii: "{") { isWorthParsing = true }
            case UInt8(ascii: "e"):
                guard let value = keys.value(of: "error", at: quote) else { continue }
                if keys.byte(value) != UInt8(ascii: "n") { isWorthParsing = true }
            case UInt8(ascii: "f"):
                guard let value = keys.value(of: "finish_reason", at: quote) else { continue }
                if keys.lengthOfString(at: value) > 0 { isWorthParsing = true }
            case UInt8(ascii: "c"):
                if let value = keys.value(of: "content", at: quote) { bytes &+= keys.lengthOfString(at: value) }
            case UInt8(ascii: "r"):
                let value =
                    keys.value(of: "reasoning_content", at: quote) ?? keys.value(of: "reasoning", at: quote)
                    ?? keys.value(of: "refusal", at: quote)
                if let value { bytes &+= keys.lengthOfString(at: value) }
            case UInt8(ascii: "a"):
                if let value = keys.value(of: "arguments", at: quote) { bytes &+= keys.lengthOfString(at: value) }
            default:
                if let value = keys.value(of: "text", at: quote) { bytes &+= keys.lengthOfString(at: value) }
            }
        }
        tally.addContent(bytes)
        return isWorthParsing
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] {
        OpenAIFailure.event(failure)
    }
}
