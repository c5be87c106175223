import WireFormats

/// Makes a JSON value that a schema accepts: the same one each time.
///
/// It knows `type`, `properties`, `required`, `items`, `prefixItems`, `enum`, `const`, `$ref`, `anyOf`, `oneOf`, `allOf`,
/// the bounds of numbers, strings and arrays, and the usual formats. What it doesn't know, as `pattern`, it ignores.
struct SchemaSample {
    /// Deeper than this only what is required is written, and alternatives that end are preferred.
    private static let depthOfOptional = 6
    /// Deeper than this a schema that refers to itself is cut with a null.
    private static let depthLimit = 40
    /// Longer than this in bytes, what is still missing is cut with nulls: schemas that branch may describe no small value.
    private static let sizeLimit = 64 << 10
    /// The most elements or characters that are written to meet a lower bound.
    private static let longest = 1024

    private let root: JSONNode

    /// The value, as JSON. A schema that isn't JSON gives `{}`.
    static func write(_ schema: [UInt8]) -> String {
        let tape = JSONTape()
        defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
        let value = schema.withUnsafeBytes { bytes -> [UInt8]? in
            guard let root = try? tape.parse(bytes) else { return nil }
            return JSONWriter.write { SchemaSample(root: root).write(root, 0, to: &$0) }
        }
        return value.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private func write(_ schema: JSONNode, _ depth: Int, to json: inout JSONWriter) {
        guard depth < Self.depthLimit, json.bytes.count < Self.sizeLimit else { return json.value(raw: "null".utf8) }
        if let constant = schema["const"] { return json.value(raw: constant.raw) }
        if let first = schema["enum"]?.anyElements.first(where: { _ in true }) { return json.value(raw: first.raw) }
        if let target = schema.optional("$ref").flatMap(resolve) { return write(target, depth + 1, to: &json) }
        if let chosen = alternative(of: schema, depth) { return write(chosen, depth + 1, to: &json) }

        switch type(of: schema) {
        case "object": writeObject(schema, depth, to: &json)
        case "array": writeArray(schema, depth, to: &json)
        case "integer": json.value(Self.integer(schema))
        case "number": writeNumber(schema, to: &json)
        case "boolean": json.value(true)
        case "null": json.value(raw: "null".utf8)
        default: json.value(Self.text(schema))
        }
    }

    // MARK: Which schema counts

    /// Follows `#/$defs/name` within the schema.
    private func resolve(_ reference: JSONNode) -> JSONNode? {
        guard let path = try? reference.string(), path.hasPrefix("#") else { return nil }
        var found: JSONNode? = root
        for step in path.dropFirst().split(separator: "/") {
            let name = String(step.replacing("~1", with: "/").replacing("~0", with: "~"))
            if let place = Int(name), let list = found, list.kind == .array {
                found = list.anyElements.dropFirst(place).first { _ in true }
            } else {
                found = found?[named: name]
            }
        }
        return found
    }

    /// The first alternative; deep down the first that is no reference, so that a tree comes to an end.
    private func alternative(of schema: JSONNode, _ depth: Int) -> JSONNode? {
        guard let list = schema.optional("anyOf") ?? schema.optional("oneOf") else { return nil }
        let leaf = list.anyElements.first { $0["$ref"] == nil && $0["properties"] == nil }
        let first = list.anyElements.first { _ in true }
        return depth > Self.depthOfOptional ? leaf ?? first : first
    }

    private func type(of schema: JSONNode) -> String {
        if let type = schema.optional("type") {
            if type.kind == .string { return (try? type.string()) ?? "" }
            let names = type.anyElements.compactMap { try? $0.string() }
            return names.first { $0 != "null" } ?? names.first ?? ""
        }
        if schema["properties"] != nil || schema["required"] != nil { return "object" }
        if schema["items"] != nil || schema["prefixItems"] != nil { return "array" }
        if schema["minimum"] != nil || schema["maximum"] != nil { return "number" }
        for part in schema["allOf"]?.anyElements.map(followed) ?? [] where !type(of: part).isEmpty {
            return type(of: part)
        }
        return ""
    }

    private func followed(_ schema: JSONNode) -> JSONNode { schema.optional("$ref").flatMap(resolve) ?? schema }

    // MARK: Values

    private func writeObject(_ schema: JSONNode, _ depth: Int, to json: inout JSONWriter) {
        let parts = [schema] + (schema["allOf"]?.anyElements.map(followed) ?? [])
        let required = Set(
            parts.flatMap { $0["required"]?.anyElements.compactMap { try? $0.string() } ?? [] })
        json.object { json in
            var written: Set<String> = []
            for part in parts {
                guard let members = try? part["properties"]?.members() else { continue }
                for (key, property) in members {
                    guard let name = try? key.string(), written.insert(name).inserted else { continue }
                    guard required.contains(name) || depth < Self.depthOfOptional else { continue }
                    json.field(name) { json in write(property, depth + 1, to: &json) }
                }
            }
            for name in required.subtracting(written).sorted() { json.field(name, "text") }
        }
    }

    private func writeArray(_ schema: JSONNode, _ depth: Int, to json: inout JSONWriter) {
        let leading = schema["prefixItems"]?.anyElements.map { $0 } ?? []
        let least = schema["minItems"]?.wholeNumber ?? (depth < Self.depthOfOptional ? 1 : 0)
        let most = schema["maxItems"]?.wholeNumber ?? Self.longest
        let count = max(0, min(max(least, leading.count), most, Self.longest))
        json.array(0..<count) { place, json in
            if place < leading.count {
                write(leading[place], depth + 1, to: &json)
            } else if let items = schema["items"], items.kind == .object {
                write(items, depth + 1, to: &json)
            } else {
                json.value("text")
            }
        }
    }

    /// The whole number nearest to 1 that the bounds allow.
    private static func integer(_ schema: JSONNode) -> Int {
        func bound(_ key: StaticString) -> Double? { try? schema[key]?.number() }
        let low = [bound("minimum").map { $0.rounded(.up) }, bound("exclusiveMinimum").map { $0.rounded(.down) + 1 }]
        let high = [bound("maximum").map { $0.rounded(.down) }, bound("exclusiveMaximum").map { $0.rounded(.up) - 1 }]
        var value = 1.0
        if let most = high.compactMap({ $0 }).min() { value = min(value, most) }
        if let least = low.compactMap({ $0 }).max() { value = max(value, least) }
        if let step = bound("multipleOf"), step > 0 { value = (value / step).rounded(.up) * step }
        return Int(exactly: value) ?? 1
    }

    /// A number that the bounds allow, near to 1.
    private func writeNumber(_ schema: JSONNode, to json: inout JSONWriter) {
        func bound(_ key: StaticString) -> Double? { try? schema[key]?.number() }
        let (low, high) = (bound("minimum") ?? bound("exclusiveMinimum"), bound("maximum") ?? bound("exclusiveMaximum"))
        let isOpen = bound("exclusiveMinimum") != nil || bound("exclusiveMaximum") != nil
        var value = 1.0
        switch (low, high) {
        case (let low?, let high?) where isOpen || !(low...max(low, high) ~= 1): value = low + (high - low) / 2
        case (let low?, nil) where isOpen ? low >= 1 : low > 1: value = isOpen ? low + 1 : low
        case (nil, let high?) where isOpen ? high <= 1 : high < 1: value = isOpen ? high - 1 : high
        default: break
        }
        if let step = bound("multipleOf"), step > 0 { value = (value / step).rounded(.up) * step }
        json.value(value.isFinite ? value : 1)
    }

    private static func text(_ schema: JSONNode) -> String {
        if let format = try? schema["format"]?.string(), let known = formats[format] { return known }
        var text = "text"
        let least = min(schema["minLength"]?.wholeNumber ?? 0, longest)
        while text.count < least { text += "text" }
        let most = max(least, min(schema["maxLength"]?.wholeNumber ?? text.count, text.count))
        return String(text.prefix(max(0, most)))
    }

    private static let formats = [
        "date": "2026-01-01", "time": "12:00:00Z", "date-time": "2026-01-01T12:00:00Z", "duration": "PT1H",
        "email": "someone@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
        "uri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000",
    ]
}
