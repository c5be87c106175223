import NIOCore
import WireFormats

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Call {
    /// The targets of a plan that can answer this call, as far as anyone knows.
    ///
    /// - Throws: A 400 that says what is missing, when there is none.
    func capable(of routed: RoutedPlan) throws(GatewayError) -> Plan {
        guard operation == .chat, let outline else { return routed.plan }
        let tokens = outline.estimatedInputBytes / Self.bytesPerToken
        let doubtful = routed.cannot.isEmpty ? [] : routed.cannot.possible(in: outline, body)
        if doubtful.isEmpty, tokens <= routed.smallestWindow { return routed.plan }

        let needs = doubtful.isEmpty ? [] : self.needs
        switch routed.plan(for: needs, tokens: tokens) {
        case .success(let plan):
            for target in routed.plan.targets where !plan.targets.contains(target) { passOver(target, .incapable) }
            return plan
        case .failure(let incapable): throw GatewayError(.incapable(incapable, model: outline.model))
        }
    }

    /// As many as usual text has: where a window is not much larger than a call, the target shall decide.
    private static let bytesPerToken = 4

    /// What the call needs; nothing where it can't be read, which is for the target to complain of.
    private var needs: Abilities {
        guard let codec = format.chat, let request = try? chatRequest(by: codec) else { return [] }
        return Abilities(neededBy: request)
    }
}

extension Abilities {
    /// Those of them that a call may need, as far as its outline and a glance at its body tell: rather too much than too
    /// little. To read all of it takes longer, and most calls need nothing.
    fileprivate func possible(in outline: CallOutline, _ body: ByteBuffer) -> Abilities {
        var possible = self
        if !outline.hasMedia { possible.subtract(.media) }
        if !outline.hasTools { possible.remove(.tools) }
        if contains(.reasoning), !body.hasString(beginningWith: Self.wordsOfReasoning) { possible.remove(.reasoning) }
        if contains(.jsonSchema), !body.hasString(beginningWith: Self.wordsOfSchemas) { possible.remove(.jsonSchema) }
        return possible
    }

    /// In every format, the names of fields that ask a model to think begin with one of these.
    private static let wordsOfReasoning: [StaticString] = ["reason", "think", "effort", "output_config"]
    /// So with those that hold an answer to a schema.
    private static let wordsOfSchemas: [StaticString] = ["response", "format", "output_", "json_schema"]

    /// What a call needs beside text.
    init(neededBy request: ChatRequest) {
        self.init()
        for part in request.instructions { add(part) }
        for turn in request.turns { for part in turn.parts { add(part) } }
        if !request.tools.isEmpty { insert(.tools) }
        if let wish = request.reasoning, wish.effortWord != "none", wish.budgetTokens != 0 { insert(.reasoning) }
        if case .schema = request.answerForm { insert(.jsonSchema) }
    }

    private mutating func add(_ part: ChatPart) {
        switch part.content {
        case .image: insert(.images)
        case .document(let document):
            // One that is text is said as text where it has to be.
            if case .text = document.source { return }
            insert(.documents)
        case .audio: insert(.audio)
        case .toolResult(let result): for part in result.parts { add(part) }
        case .text, .refusal, .reasoning, .hiddenReasoning, .toolCall, .foreign: break
        }
    }
}

extension ByteBuffer {
    /// Whether a string of the JSON text that it holds may begin with one of these words.
    fileprivate func hasString(beginningWith words: [StaticString]) -> Bool {
        withUnsafeReadableBytes { bytes in
            var rest = bytes
            while let base = rest.baseAddress, let quote = memchr(base, 0x22, rest.count) {
                rest = UnsafeRawBufferPointer(rebasing: rest[(base.distance(to: quote) + 1)...])
                if words.contains(where: { rest.starts(with: $0) }) { return true }
            }
            return false
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func starts(with word: StaticString) -> Bool {
        guard let baseAddress, count >= word.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, word.utf8Start, word.utf8CodeUnitCount) == 0
    }
}
