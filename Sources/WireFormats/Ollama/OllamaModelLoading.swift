/// A call that only loads a model, or unloads it: one without messages, or with an empty prompt. It is what `ollama run`
/// begins with and all that `ollama stop` sends.
enum OllamaModelLoading {
    /// Whether a call without messages or prompt unloads the model: its `keep_alive` is 0, as a number or as a time.
    static func unloads(_ body: JSONNode) -> Bool {
        guard let lifetime = body["keep_alive"] else { return false }
        switch lifetime.kind {
        case .number: return (try? lifetime.number()) == 0
        case .string:
            // A Go duration: `0`, `0s`, `0h0m`.
            let text = lifetime.decoded().utf8
            let ones = UInt8(ascii: "1")...UInt8(ascii: "9")
            return text.contains(UInt8(ascii: "0")) && !text.contains(where: ones.contains)
        default: return false
        }
    }

    /// The answer to such a call, as one line that also serves as a whole body.
    ///
    /// - Parameter created: In seconds since 1970.
    static func reply(model: String, unloads: Bool, at place: CallPlace, created: Int) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("model", model)
                json.field("created_at", OllamaTimestamp.text(created))
                if OllamaEndpoint(place) == .generate {
                    json.field("response", "")
                } else {
                    json.object("message") { json in
                        json.field("role", "assistant")
                        json.field("content", "")
                    }
                }
                json.field("done", true)
                json.field("done_reason", unloads ? "unload" : "load")
            }
        } + [UInt8(ascii: "\n")]
    }
}
