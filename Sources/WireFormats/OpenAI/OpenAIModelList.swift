/// How OpenAI's APIs tell of models.
enum OpenAIModelList {
    static func body(_ models: [ModelEntry]) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("object", "list")
                json.array("data", models, write)
            }
        }
    }

    static func body(_ model: ModelEntry) -> [UInt8] { JSONWriter.write { write(model, to: &$0) } }

    private static func write(_ model: ModelEntry, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", model.name)
            json.field("object", "model")
            json.field("created", model.created)
            json.field("owned_by", model.ownedBy)
        }
    }
}
