/// Finds calls of tools in a body that passes through which the newest models would refuse, because they have no
/// signature: another provider's model made them.
enum GeminiLostSignatures {
    /// The value that Google documents for skipping the check of a call's signature.
    static let stopgap = "skip_thought_signature_validator"

    /// Of calls made at once, the first alone has a signature; they may come in several contents of the model's, as a
    /// stream brought them.
    static func find(in root: JSONNode) -> ForeignState {
        var found = ForeignState()
        var hasCalled = false
        for content in GoogleList(root["contents"]) {
            guard content["role"]?.equals("model") == true else {
                hasCalled = false
                continue
            }
            guard !hasCalled, let part = firstCall(content) else { continue }
            hasCalled = true
            sign(part, &found)
        }
        return found
    }

    private static func firstCall(_ content: JSONNode) -> JSONNode? {
        GoogleList(content["parts"]).first { $0.googleField("functionCall", "function_call") != nil }
    }

    /// Whether a part has a signature.
    static func isSigned(_ part: JSONNode) -> Bool {
        part.googleField("thoughtSignature", "thought_signature").map { $0.contents.count > 0 } ?? false
    }

    private static func sign(_ part: JSONNode, _ found: inout ForeignState) {
        guard !isSigned(part), let call = part.googleField("functionCall", "function_call") else { return }
        let value = "\"\(stopgap)\""
        if let signature = part["thoughtSignature"] ?? part["thought_signature"] {
            found.put(value, at: signature.range)
        } else {
            found.put(",\"thoughtSignature\":\(value)", at: call.range.upperBound..<call.range.upperBound)
        }
        found.note("thought_signature", "the value that skips the check was sent in place of one that is lost")
    }
}
