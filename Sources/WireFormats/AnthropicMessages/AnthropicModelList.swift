/// How Anthropic tells of models.
enum AnthropicModelList {
    static func body(_ models: [ModelEntry]) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.array("data", models, write)
                json.field("has_more", false)
                json.nullable("first_id", models.first?.name)
                json.nullable("last_id", models.last?.name)
            }
        }
    }

    static func body(_ model: ModelEntry) -> [UInt8] { JSONWriter.write { write(model, to: &$0) } }

    private static func write(_ model: ModelEntry, to json: inout JSONWriter) {
        json.object { json in
            json.field("type", "model")
            json.field("id", model.name)
            json.field("display_name", model.name)
            json.field("created_at", CivilTime(secondsSince1970: model.created).rfc3339)
        }
    }
}
