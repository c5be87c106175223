extension Media {
    /// What a document says, where it is text: given as such, or as the bytes of some UTF-8.
    var readableText: String? {
        switch source {
        case .text(let text): return text
        case .base64(let base64):
            guard let mediaType, Self.isText(mediaType), let bytes = Base64.decode(base64) else { return nil }
            return String(validating: bytes, as: UTF8.self)
        case .url, .file: return nil
        }
    }

    /// Whether bytes of a media type are text; its parameters are no matter.
    static func isText(_ type: String) -> Bool {
        let type = type.split(separator: ";").first?.lowercased() ?? ""
        return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") || textTypes.contains(type)
    }

    private static let textTypes: Set<String> = [
        "application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml",
        "application/javascript", "application/x-ndjson", "application/sql",
    ]
}
