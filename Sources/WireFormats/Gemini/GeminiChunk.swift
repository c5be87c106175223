/// A `GenerateContentResponse`: an answer, or a chunk of one.
struct GeminiChunk {
    var parts: [GeminiPart]
    var finishReason: String?
    var usage: TokenUsage?
    var model: String
    var id: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("candidates", CollectionOfOne(parts)) { parts, json in
                json.object { json in
                    // Clients look at the first part without asking whether there is one.
                    let content = GeminiContent(isModel: true, parts: parts.isEmpty ? [.text("")] : parts)
                    json.field("content", content.write)
                    json.field("finishReason", finishReason)
                    json.field("index", 0)
                }
            }
            usage?.writeAsGemini(to: &json)
            json.field("modelVersion", model)
            json.field("responseId", id)
        }
    }
}
