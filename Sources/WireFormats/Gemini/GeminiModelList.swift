/// How Gemini's API tells of models.
enum GeminiModelList {
    static func body(_ models: [ModelEntry]) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in json.array("models", models, write) }
        }
    }

    static func body(_ model: ModelEntry) -> [UInt8] { JSONWriter.write { write(model, to: &$0) } }

    private static func write(_ model: ModelEntry, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", "models/" + model.name)
            json.field("displayName", model.name)
            json.array("supportedGenerationMethods", ["generateContent", "countTokens", "embedContent"]) {
                method, json in
                json.value(method)
            }
        }
    }
}
