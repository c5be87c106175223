/// How Bedrock takes pictures and documents: bytes or a place in S3, in one of a few formats.
enum BedrockMedia {
    /// Writes a picture as a block's member.
    static func write(image: Media, to json: inout JSONWriter) throws(Untranslatable) {
        let source = try source(image, as: "picture")
        guard let format = imageFormat(image) else {
            throw Untranslatable("messages", "Send the picture as JPEG, PNG, GIF or WebP; this model takes no other.")
        }
        json.object("image") { json in
            json.field("format", format)
            write(source, to: &json)
        }
    }

    /// Writes a document as a block's member.
    static func write(
        document: Media, names: inout BedrockDocumentNames, to json: inout JSONWriter
    ) throws(Untranslatable) {
        let source = try source(document, as: "document")
        guard let format = documentFormat(document) else {
            throw Untranslatable(
                "messages",
                "Send the document as PDF, text, Markdown, HTML, CSV, Word or Excel; this model takes no other.")
        }
        let name = names.next(document.name)
        json.object("document") { json in
            json.field("format", format)
            json.field("name", name)
            write(source, to: &json)
        }
    }

    // MARK: Where the bytes are

    private enum Source {
        case bytes(String)
        case s3(String)
    }

    /// How the addresses begin that Bedrock reads.
    static let s3 = "s3://"

    private static func source(_ media: Media, as kind: String) throws(Untranslatable) -> Source {
        switch media.source {
        case .base64(let bytes): return .bytes(bytes)
        case .text(let text): return .bytes(Base64.encode(Array(text.utf8)))
        case .url(let url) where url.hasPrefix(s3): return .s3(url)
        case .url, .file:
            throw Untranslatable(
                "messages", "Send the \(kind) itself as base64; this model takes no address or id of it.")
        }
    }

    private static func write(_ source: Source, to json: inout JSONWriter) {
        json.object("source") { json in
            switch source {
            case .bytes(let bytes): json.field("bytes", bytes)
            case .s3(let url): json.object("s3Location") { json in json.field("uri", url) }
            }
        }
    }

    // MARK: What they are

    /// How the bytes of each format begin, in base64. They count for more than what the client says: Claude refuses
    /// a picture that isn't what it is called.
    private static let imageBeginnings = [
        ("iVBORw0KGgo", "png"), ("/9j/", "jpeg"), ("R0lGOD", "gif"), ("UklGR", "webp"),
    ]

    private static func imageFormat(_ image: Media) -> String? {
        if case .base64(let bytes) = image.source,
            let known = imageBeginnings.first(where: { bytes.hasPrefix($0.0) })
        {
            return known.1
        }
        switch type(image) ?? ending(image) {
        case "image/png", "png": return "png"
        case "image/jpeg", "image/jpg", "jpeg", "jpg": return "jpeg"
        case "image/gif", "gif": return "gif"
        case "image/webp", "webp": return "webp"
        default: return nil
        }
    }

    private static let documentFormats = [
        "application/pdf": "pdf", "application/msword": "doc", "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "text/csv": "csv", "text/html": "html", "text/markdown": "md", "application/json": "txt",
        "application/xml": "txt",
    ]
    private static let documentEndings: Set<String> = [
        "pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md",
    ]

    private static func documentFormat(_ document: Media) -> String? {
        if let type = type(document), type != "application/octet-stream" {
            return documentFormats[type] ?? (type.hasPrefix("text/") ? "txt" : nil)
        }
        if let ending = ending(document), documentEndings.contains(ending) { return ending }
        if case .text = document.source { return "txt" }
        if case .base64(let bytes) = document.source, bytes.hasPrefix("JVBERi") { return "pdf" }
        return nil
    }

    /// The media type without its parameters.
    private static func type(_ media: Media) -> String? {
        media.mediaType?.split(separator: ";").first.map { $0.lowercased().filter { !$0.isWhitespace } }
    }

    /// What the name or the address ends in behind its last dot.
    private static func ending(_ media: Media) -> String? {
        var name = media.name
        if name == nil, case .url(let url) = media.source { name = url }
        guard let name, let dot = name.lastIndex(of: ".") else { return nil }
        return name[name.index(after: dot)...].lowercased()
    }
}

/// Names for a call's documents: of the characters that Bedrock takes, and each only once.
struct BedrockDocumentNames {
    private var taken: Set<String> = []
    /// The number that the last document of a name got.
    private var numbers: [String: Int] = [:]

    /// In characters; Bedrock takes 200.
    private static let longest = 150

    /// A name that comes close to what the client calls the document.
    mutating func next(_ wish: String?) -> String {
        var words: [String] = [""]
        for scalar in (wish ?? "").unicodeScalars.prefix(Self.longest) {
            let isTaken =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || "-()[]".unicodeScalars.contains(scalar)
            if isTaken { words[words.count - 1].unicodeScalars.append(scalar) } else { words.append("") }
        }
        let joined = words.filter { !$0.isEmpty }.joined(separator: " ")
        let base = joined.isEmpty ? "Document" : joined
        var name = base
        while !taken.insert(name).inserted {
            let number = numbers[base, default: 1] + 1
            numbers[base] = number
            name = "\(base) \(number)"
        }
        return name
    }
}
