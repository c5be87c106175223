/// The dialogue of a request as Google wants it: the speakers in turn, and all results of a content's calls together in the
/// next one, in the calls' order.
struct GeminiDialogue {
    private(set) var instructions: [GeminiPart] = []
    private(set) var contents: [GeminiContent] = []
    private let model: GeminiModel
    /// What the results of the model's last calls must say of them, by the calls' ids.
    private var calls: [String: Call] = [:]

    private struct Call {
        let order: Int
        let name: String
        let id: String?
    }

    /// - Throws: ``Untranslatable`` for files that Google can't read.
    init(_ request: ChatRequest, for model: GeminiModel, losses: inout GeminiLosses) throws(Untranslatable) {
        self.model = model
        for part in request.instructions where !part.isEmptyText {
            if let part = try self.part(part, losses: &losses) { instructions.append(part) }
        }
        for turn in request.turns.ordered() {
            if turn.speaker == .assistant {
                try addModel(turn.parts, losses: &losses)
            } else {
                try addUser(turn.parts, losses: &losses)
            }
        }
        if contents.isEmpty, !instructions.isEmpty {
            contents = [GeminiContent(isModel: false, parts: instructions)]
            instructions = []
        }
    }

    // MARK: The model's side

    private mutating func addModel(_ parts: [ChatPart], losses: inout GeminiLosses) throws(Untranslatable) {
        calls = [:]
        var written: [GeminiPart] = []
        /// Signatures that came apart from what they belong to: the next call each, as a rule.
        var loose: [String] = []
        for part in parts {
            switch part.content {
            case .hiddenReasoning:
                if let signature = part.googleSignature { loose.append(signature) }
                losses.add("reasoning", Self.foreignThoughts, if: part.googleSignature == nil)
            case .toolCall(let call):
                let foundAgain = part.googleSignature == nil && !loose.isEmpty ? loose.removeFirst() : nil
                let signature = part.googleSignature ?? foundAgain ?? stopgap(&losses)
                written.append(self.call(call, signature: signature))
            default:
                if let part = try self.part(part, losses: &losses) { written.append(part) }
            }
        }
        written += loose.map { .text("", signature: $0) }
        if !written.isEmpty { contents.append(GeminiContent(isModel: true, parts: written)) }
    }

    /// What stands for a lost signature. Of calls made at once, the first alone has one.
    private func stopgap(_ losses: inout GeminiLosses) -> String? {
        guard model.needsSignatures, calls.isEmpty else { return nil }
        losses.add("thought_signature", "the value that skips the check was sent in place of one that is lost")
        return GeminiLostSignatures.stopgap
    }

    private mutating func call(_ call: ToolCall, signature: String?) -> GeminiPart {
        let id = GeminiCallID.ownedByGoogle(call.id)
        if calls[call.id] == nil { calls[call.id] = Call(order: calls.count, name: call.name, id: id) }
        return .call(name: call.name, id: id, arguments: call.argumentsObject, signature: signature)
    }

    // MARK: The user's side

    private mutating func addUser(_ parts: [ChatPart], losses: inout GeminiLosses) throws(Untranslatable) {
        var responses: [(order: Int, part: GeminiPart)] = []
        var attached: [GeminiPart] = []
        var said: [GeminiPart] = []
        for part in parts {
            if case .toolResult(let result) = part.content {
                // The turns are in order: no result comes without its call.
                guard let call = calls[result.callID] else { continue }
                let object = Self.object(result)
                responses.append((call.order, .response(name: call.name, id: call.id, object: object)))
                let files = try self.files(of: result, losses: &losses)
                if !files.isEmpty { attached += [.text("From the result of \(call.name):")] + files }
            } else if let part = try self.part(part, losses: &losses) {
                said.append(part)
            }
        }
        // In a content of their own: their number is compared with that of the calls.
        if !responses.isEmpty {
            responses.sort { $0.order < $1.order }
            contents.append(GeminiContent(isModel: false, parts: responses.map(\.part)))
        }
        if !(attached + said).isEmpty { contents.append(GeminiContent(isModel: false, parts: attached + said)) }
    }

    /// A result as an object: itself if it is one, else the text under a name.
    private static func object(_ result: ToolResult) -> [UInt8] {
        var text = result.text
        if !result.isError, isObject(&text) { return Array(text.utf8) }
        if !result.isError, text.isEmpty, !result.parts.isEmpty { text = "The result follows." }
        return JSONWriter.write { json in
            json.object { json in json.field(result.isError ? "error" : "result", text) }
        }
    }

    private static func isObject(_ text: inout String) -> Bool {
        let tape = JSONTape()
        return text.withUTF8 { bytes in
            withExtendedLifetime(tape) { (try? tape.parse(UnsafeRawBufferPointer(bytes)))?.kind == .object }
        }
    }

    /// What a result holds beside texts. Results have no place for files that all models know.
    private func files(of result: ToolResult, losses: inout GeminiLosses) throws(Untranslatable) -> [GeminiPart] {
        var files: [GeminiPart] = []
        for part in result.parts {
            if case .text = part.content { continue }
            if let part = try self.part(part, losses: &losses) { files.append(part) }
        }
        return files
    }

    // MARK: Parts

    private func part(_ part: ChatPart, losses: inout GeminiLosses) throws(Untranslatable) -> GeminiPart? {
        switch part.content {
        case .text(let text): return .text(text, signature: part.googleSignature)
        case .refusal(let text): return .text(text)
        case .reasoning(let text):
            if let signature = part.googleSignature { return .text(text, isThought: true, signature: signature) }
            losses.add("reasoning", Self.foreignThoughts)
            return nil
        case .image(let media):
            losses.add(
                "image_detail", "Gemini has no such setting for a single picture",
                if: media.detail.map { $0 != "auto" } ?? false)
            return try GeminiMedia.part(for: media, typeIfUnknown: "image/png")
        case .document(let media): return try GeminiMedia.part(for: media, typeIfUnknown: "application/pdf")
        case .audio(let media): return try GeminiMedia.part(for: media, typeIfUnknown: "audio/wav")
        case .foreign(let foreign) where foreign.origin == OpaqueState.google: return .raw(foreign.json)
        case .foreign:
            losses.add("messages", "parts that only another provider understands were left out")
            return nil
        case .hiddenReasoning, .toolCall, .toolResult: return nil  // each in its place
        }
    }

    private static let foreignThoughts = "thoughts that Gemini didn't sign were left out"
}
