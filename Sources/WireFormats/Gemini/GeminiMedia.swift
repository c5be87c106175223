/// A file in a part: `inlineData` with its bytes, or `fileData` with an address that Google can read.
enum GeminiMedia {
    case inline(type: String, base64: String)
    case file(address: String, type: String?)

    // MARK: To Google

    /// The part that brings a file.
    ///
    /// - Throws: ``Untranslatable`` for what only someone else can read.
    static func part(for media: Media, typeIfUnknown fallback: String) throws(Untranslatable) -> GeminiPart {
        switch media.source {
        case .base64(let base64):
            return .media(.inline(type: media.mediaType ?? type(ofBase64: base64) ?? fallback, base64: base64))
        case .url(let address):
            guard readableAddresses.contains(address) else {
                throw Untranslatable(
                    "messages",
                    "Gemini can't fetch a file from its address: send its bytes, or have the gateway fetch it.")
            }
            return .media(.file(address: address, type: media.mediaType ?? type(ofName: address)))
        case .file(let id):
            guard id.hasPrefix("files/") else {
                throw Untranslatable(
                    "messages", "Gemini can't read a file that another provider keeps: send its bytes instead.")
            }
            return .media(.file(address: filesAddress + id, type: media.mediaType))
        case .text(let text):
            return .text((media.name.map { $0 + "\n\n" } ?? "") + text)
        }
    }

    /// The addresses that Google can read.
    static let readableAddresses = ReadableAddresses.beginning(googlesOwn + videos)

    /// Where Google keeps files.
    private static let googlesOwn = ["gs://", "https://generativelanguage.googleapis.com/"]

    /// Where there are videos that Google watches by itself.
    private static let videos = [
        "https://www.youtube.com/", "https://youtube.com/", "https://m.youtube.com/", "https://youtu.be/",
    ]

    private static func isVideo(_ address: String) -> Bool { videos.contains(where: address.hasPrefix) }

    private static let filesAddress = "https://generativelanguage.googleapis.com/v1beta/"

    func write(to json: inout JSONWriter) {
        switch self {
        case .inline(let type, let base64):
            json.object("inlineData") { json in
                json.field("mimeType", type)
                json.field("data", base64)
            }
        case .file(let address, let type):
            json.object("fileData") { json in
                json.field("mimeType", type)
                json.field("fileUri", address)
            }
        }
    }

    // MARK: From Google's clients

    /// The file that a part holds, under its field's name; nil for a part without one.
    static func read(_ part: JSONNode) throws(MalformedBody) -> (field: String, media: Media)? {
        if let data = part.googleField("inlineData", "inline_data") {
            let base64 = try data.required("data").string()
            return (
                "inlineData", Media(.base64(GeminiBase64.standard(base64)), mediaType: try type(data), name: name(data))
            )
        }
        if let file = part.googleField("fileData", "file_data") {
            guard let address = file.googleField("fileUri", "file_uri") else {
                throw try file.required("fileUri").malformed("must be an address")
            }
            let (uri, said) = (try address.string(), try type(file))
            return ("fileData", Media(.url(uri), mediaType: said ?? Self.type(ofName: uri), name: name(file)))
        }
        return nil
    }

    private static func type(_ data: JSONNode) throws(MalformedBody) -> String? {
        try data.googleField("mimeType", "mime_type")?.string().lowercased()
    }

    private static func name(_ data: JSONNode) -> String? {
        data.googleText("displayName") ?? data.googleText("display_name")
    }

    /// What a part with this file means; nil for videos, which no other API takes.
    static func content(_ media: Media) -> ChatPart.Content? {
        let type = media.mediaType ?? ""
        if type.hasPrefix("image/") { return .image(media) }
        if type.hasPrefix("audio/") { return .audio(media) }
        if type.hasPrefix("video/") { return nil }
        if case .url(let address) = media.source, isVideo(address) { return nil }
        return .document(media)
    }

    // MARK: What kind of file it is

    /// By how its bytes begin.
    private static func type(ofBase64 base64: String) -> String? {
        let beginnings = [
            ("iVBORw0K", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("JVBERi", "application/pdf"),
            ("SUQz", "audio/mpeg"),
        ]
        if base64.hasPrefix("UklGR") {  // RIFF, whose kind is told behind its length
            let kind = String(base64.dropFirst(12).prefix(4))
            return kind == "RUJQ" ? "image/webp" : kind == "QVZF" ? "audio/wav" : nil
        }
        return beginnings.first { base64.hasPrefix($0.0) }?.1
    }

    /// By how its address ends.
    private static func type(ofName address: String) -> String? {
        let path = address.prefix { $0 != "?" && $0 != "#" }
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return switch path[path.index(after: dot)...].lowercased() {
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "pdf": "application/pdf"
        case "txt": "text/plain"
        case "mp3": "audio/mpeg"
        case "wav": "audio/wav"
        case "mp4": "video/mp4"
        case "mov": "video/quicktime"
        case "webm": "video/webm"
        default: nil
        }
    }
}
