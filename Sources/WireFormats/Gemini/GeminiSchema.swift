/// Turns Google's kind of schema, a subset of OpenAPI's, into JSON Schema: types in small letters, `nullable` as a type,
/// lengths as numbers, and nothing that JSON Schema doesn't know. What is JSON Schema already stays as it is.
enum GeminiSchema {
    static func jsonSchema(_ schema: JSONNode) -> [UInt8] {
        JSONWriter.write { json in write(schema, to: &json) }
    }

    private static func write(_ schema: JSONNode, to json: inout JSONWriter) {
        guard schema.kind == .object, let members = try? schema.members() else { return json.value(raw: schema.raw) }
        let isNullable = schema["nullable"]?.kind == .true
        json.object { json in
            for (key, value) in members {
                let name = key.decoded()
                write(camelCase[name] ?? name, value, isNullable: isNullable, to: &json)
            }
        }
    }

    /// The names that Google takes in two spellings.
    private static let camelCase = [
        "any_of": "anyOf", "min_items": "minItems", "max_items": "maxItems", "min_length": "minLength",
        "max_length": "maxLength", "min_properties": "minProperties", "max_properties": "maxProperties",
        "additional_properties": "additionalProperties", "defs": "$defs", "ref": "$ref",
    ]

    private static func write(_ name: String, _ value: JSONNode, isNullable: Bool, to json: inout JSONWriter) {
        switch name {
        case "nullable", "propertyOrdering", "property_ordering", "example": break
        case "type" where value.kind != .array && !value.isSpecified: break
        case "type": json.field(name) { json in write(type: value, isNullable: isNullable, to: &json) }
        case "format" where value.equals("enum"): break
        case "items", "additionalProperties", "not":
            json.field(name) { json in write(value, to: &json) }
        case "properties", "$defs", "definitions", "patternProperties":
            guard let members = try? value.members() else { return json.field(name, raw: value.raw) }
            json.object(name) { json in
                for (key, value) in members { json.field(key.decoded()) { json in write(value, to: &json) } }
            }
        case "anyOf", "oneOf", "allOf", "prefixItems":
            json.array(name, value.googleList.map(Optional.some) + (isNullable && name == "anyOf" ? [nil] : [])) {
                one, json in
                if let one { write(one, to: &json) } else { json.value(raw: #"{"type":"null"}"#.utf8) }
            }
        case "enum" where isNullable:
            json.array(name, value.googleList.map(Optional.some) + [nil]) { one, json in
                if let one { json.value(raw: one.raw) } else { json.value(raw: "null".utf8) }
            }
        case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
            // 64-bit numbers are strings in Google's JSON.
            let digits = Int(String(decoding: value.contents, as: UTF8.self))
            if let digits { json.field(name, digits) } else { json.field(name, raw: value.raw) }
        default: json.field(name, raw: value.raw)
        }
    }

    private static func write(type: JSONNode, isNullable: Bool, to json: inout JSONWriter) {
        var types = type.googleList.map { word(of: $0) }
        if isNullable, !types.contains("null") { types.append("null") }
        if types.count == 1, type.kind != .array { return json.value(types[0]) }
        json.array(types) { type, json in json.value(type) }
    }

    private static func word(of type: JSONNode) -> String {
        if let number = type.wholeNumber, types.indices.contains(number) { return types[number] }
        return type.decoded().lowercased()
    }

    /// The types by their numbers, of which 0 means none.
    private static let types = ["", "string", "number", "integer", "boolean", "array", "object", "null"]
}
