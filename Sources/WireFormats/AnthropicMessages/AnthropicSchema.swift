/// JSON schemas as Anthropic takes them: of an answer each object must say that it has no further keys, and limits on
/// lengths and sizes are refused.
struct AnthropicSchema {
    /// The schema, every object in it closed.
    let json: [UInt8]
    /// Whether limits are told in words only.
    let dropsLimits: Bool

    /// An answer's schema with every object closed: what fits into it fits into the original too. nil for one that
    /// allows any object.
    ///
    /// - Throws: ``Untranslatable`` for keys that the schema doesn't name, since no closed object has any.
    init?(closing schema: [UInt8]) throws(Untranslatable) {
        let closed = Self.parse(schema) { root -> Result<(json: [UInt8], dropsLimits: Bool)?, Untranslatable> in
            guard !Self.isOpen(root) else { return .success(nil) }
            do throws(Untranslatable) { try Self.check(root) } catch { return .failure(error) }
            var dropsLimits = false
            let json = JSONWriter.write { json in Self.write(root, to: &json, &dropsLimits) }
            return .success((json, dropsLimits))
        }
        guard let closed = try closed?.get() else { return nil }
        (json, dropsLimits) = closed
    }

    /// A tool's schema with the type that Anthropic insists on.
    static func ofObject(_ schema: [UInt8]) -> [UInt8] {
        let typed = parse(schema) { root in
            guard root.optional("type") == nil else { return schema }
            return JSONWriter.write { json in
                json.object { json in
                    json.field("type", "object")
                    for (key, value) in root.anyMembers where !key.equals("type") {
                        json.field(key.decoded(), raw: value.raw)
                    }
                }
            }
        }
        return typed ?? Array(#"{"type":"object","properties":{}}"#.utf8)
    }

    /// Lends a schema as nodes; nil for what is no object.
    private static func parse<Outcome>(_ schema: [UInt8], _ body: (JSONNode) -> Outcome) -> Outcome? {
        let tape = JSONTape()
        return withExtendedLifetime(tape) {
            schema.withUnsafeBytes { bytes in
                guard let root = try? tape.parse(bytes), root.kind == .object else { return nil }
                return body(root)
            }
        }
    }

    // MARK: What a schema consists of

    /// Where schemas are within a schema.
    private enum Children {
        case none
        /// The value is one.
        case one
        /// The value's elements are some.
        case list
        /// The value's members are some, by names that say nothing.
        case named
    }

    private static func children(under key: String) -> Children {
        switch key {
        case "properties", "$defs", "definitions": .named
        case "anyOf", "oneOf", "allOf", "prefixItems": .list
        case "items": .one
        default: .none
        }
    }

    private static func isLimit(_ key: String, _ value: JSONNode) -> Bool {
        switch key {
        case "minItems": value.wholeNumber.map { $0 > 1 } ?? true
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
            "maxItems", "uniqueItems", "minProperties", "maxProperties":
            true
        default: false
        }
    }

    private static func isObject(_ schema: JSONNode) -> Bool {
        guard let type = schema["type"] else { return schema["properties"] != nil }
        return type.equals("object") || type.anyElements.contains { $0.equals("object") }
    }

    /// Whether any object will do.
    private static func isOpen(_ schema: JSONNode) -> Bool {
        isObject(schema) && schema["properties"]?.anyMembers.isEmpty ?? true && schema["additionalProperties"] == nil
    }

    // MARK: Checking and closing

    private static func check(_ schema: JSONNode) throws(Untranslatable) {
        guard schema.kind == .object else { return }
        if isObject(schema),
            isOpen(schema) || schema["additionalProperties"]?.kind == .object
                || schema["patternProperties"] != nil
        {
            throw Untranslatable(
                "response_format",
                "This model can't answer with keys that the schema doesn't name; name every property.")
        }
        if let all = schema["allOf"], all.anyElements.dropFirst().contains(where: { _ in true }) {
            throw Untranslatable(
                "response_format", "This model can't follow several schemas at once; merge what stands in 'allOf'.")
        }
        for (key, value) in schema.anyMembers {
            switch children(under: key.decoded()) {
            case .none: break
            case .one: try check(value)
            case .list: for element in value.anyElements { try check(element) }
            case .named: for (_, element) in value.anyMembers { try check(element) }
            }
        }
    }

    private static func write(_ schema: JSONNode, to json: inout JSONWriter, _ dropsLimits: inout Bool) {
        guard schema.kind == .object else { return json.value(raw: schema.raw) }
        let members = schema.anyMembers
        let limits = members.filter { isLimit($0.key.decoded(), $0.value) }
            .map { "\($0.key.decoded()): \(String(decoding: $0.value.raw, as: UTF8.self))" }
        if !limits.isEmpty { dropsLimits = true }
        let remark = limits.isEmpty ? "" : "(\(limits.joined(separator: ", ")))"
        let isObject = isObject(schema)
        json.object { json in
            for (key, value) in members {
                let name = key.decoded()
                if isLimit(name, value) || name == "$schema" || isObject && name == "additionalProperties" { continue }
                switch children(under: name) {
                case .none where name == "description" && !remark.isEmpty:
                    json.field(name, value.decoded() + " " + remark)
                case .none: json.field(name, raw: value.raw)
                case .one: json.field(name) { json in write(value, to: &json, &dropsLimits) }
                case .list:
                    // Anthropic knows one way of having a choice.
                    json.array(name == "oneOf" ? "anyOf" : name, value.anyElements) { element, json in
                        write(element, to: &json, &dropsLimits)
                    }
                case .named:
                    json.object(name) { json in
                        for (key, element) in value.anyMembers {
                            json.field(key.decoded()) { json in write(element, to: &json, &dropsLimits) }
                        }
                    }
                }
            }
            if !remark.isEmpty, schema["description"] == nil { json.field("description", remark) }
            if isObject { json.field("additionalProperties", false) }
        }
    }
}

extension JSONNode {
    /// The members of an object; none for what is no object.
    fileprivate var anyMembers: [(key: JSONNode, value: JSONNode)] { (try? members()).map { Array($0) } ?? [] }
}
