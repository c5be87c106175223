/// A message of a Chat request that goes to an upstream.
enum OpenAIChatMessage {
    /// Sets the model up.
    case system(String)
    /// What the user says or shows.
    case user([Content])
    /// What the model said.
    case assistant(Answer)
    /// What a tool said, to the call of this id.
    case tool(callID: String, String)

    /// A part of what the user says.
    enum Content {
        /// Plain text.
        case text(String)
        /// A picture, by its address or as a `data:` URL.
        case image(url: String, detail: String?)
        /// Something to listen to: base64, and what it is.
        case audio(String, format: String)
        /// A file as a `data:` URL.
        case file(url: String, name: String)
        /// A file that the provider has.
        case fileID(String)
    }

    /// What the model said in one turn.
    struct Answer {
        var text = ""
        /// What the model thought, for servers that want it back.
        var thought: String?
        /// Its calls, each with the signature that the server wants back.
        var calls: [(call: ToolCall, state: OpaqueState?)] = []
        /// The signature of the text.
        var state: OpaqueState?

        var isEmpty: Bool { text.isEmpty && calls.isEmpty }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .system(let text):
                json.field("role", "system")
                json.field("content", text)
            case .user(let contents):
                json.field("role", "user")
                Self.write(contents, to: &json)
            case .assistant(let answer):
                Self.write(answer, to: &json)
            case .tool(let callID, let text):
                json.field("role", "tool")
                json.field("tool_call_id", callID)
                json.field("content", text)
            }
        }
    }

    /// Texts alone are one string: not every server takes a list of them.
    private static func write(_ contents: [Content], to json: inout JSONWriter) {
        let texts = contents.compactMap { if case .text(let text) = $0 { text } else { nil } }
        guard texts.count < contents.count else { return json.field("content", texts.joined(separator: "\n\n")) }
        json.array("content", contents) { content, json in
            json.object { json in content.write(to: &json) }
        }
    }

    private static func write(_ answer: Answer, to json: inout JSONWriter) {
        json.field("role", "assistant")
        json.nullable("content", answer.text.isEmpty && !answer.calls.isEmpty ? nil : answer.text)
        json.field("reasoning_content", answer.thought)
        json.thoughtSignature(answer.state)
        guard !answer.calls.isEmpty else { return }
        json.array("tool_calls", answer.calls) { element, json in
            let (call, state) = element
            json.object { json in
                json.field("id", call.id)
                // Some servers parse what the model wrote, and nothing is no JSON.
                let isEmpty = call.arguments.isEmpty && !call.isCustom
                json.openAICall(call.name, isEmpty ? "{}" : call.arguments, isCustom: call.isCustom)
                json.thoughtSignature(state)
            }
        }
    }
}

extension OpenAIChatMessage.Content {
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text):
            json.field("type", "text")
            json.field("text", text)
        case .image(let url, let detail):
            json.field("type", "image_url")
            json.object("image_url") { json in
                json.field("url", url)
                json.field("detail", detail)
            }
        case .audio(let data, let format):
            json.field("type", "input_audio")
            json.object("input_audio") { json in
                json.field("data", data)
                json.field("format", format)
            }
        case .file(let url, let name):
            json.field("type", "file")
            json.object("file") { json in
                json.field("filename", name)
                json.field("file_data", url)
            }
        case .fileID(let id):
            json.field("type", "file")
            json.object("file") { json in json.field("file_id", id) }
        }
    }

    // MARK: What Chat can show

    /// A picture: bytes or an address that anyone can reach.
    static func image(_ media: Media) throws(Untranslatable) -> Self {
        switch media.source {
        case .url(let url) where url.prefix(8).lowercased().hasPrefix("http"):
            return .image(url: url, detail: media.detail)
        case .base64(let bytes):
            let type = media.mediaType ?? imageType(of: bytes)
            return .image(url: "data:\(type);base64,\(bytes)", detail: media.detail)
        case .url, .text, .file:
            throw Untranslatable(
                "messages", "Send the picture itself or its https address; this model can't reach it where it is.")
        }
    }

    /// What base64 begins with when it is a GIF, a JPEG or a WebP; PNG for all else.
    private static func imageType(of base64: String) -> String {
        if base64.hasPrefix("R0lGOD") { return "image/gif" }
        if base64.hasPrefix("/9j/") { return "image/jpeg" }
        return base64.hasPrefix("UklGR") ? "image/webp" : "image/png"
    }

    /// A document: as text where it is text, else as a file.
    static func document(_ media: Media) throws(Untranslatable) -> Self {
        func titled(_ text: String) -> Self { .text(media.name.map { $0 + "\n\n" + text } ?? text) }
        switch media.source {
        case .text(let text): return titled(text)
        case .file(let id) where !media.isKept(butNotBy: OpaqueState.openAI): return .fileID(id)
        case .url, .file:
            throw Untranslatable(
                "messages",
                "Send the document itself; this model takes no addresses of documents, nor another provider's files.")
        case .base64(let bytes):
            let type = media.mediaType ?? "application/pdf"
            if let text = media.readableText { return titled(text) }
            let name = media.name ?? (type == "application/pdf" ? "document.pdf" : "document")
            return .file(url: "data:\(type);base64,\(bytes)", name: name)
        }
    }

    /// A recording: WAV or MP3, as bytes.
    static func audio(_ media: Media) throws(Untranslatable) -> Self {
        guard case .base64(let bytes) = media.source else {
            throw Untranslatable("messages", "Send the recording itself; this model takes no addresses of recordings.")
        }
        switch media.mediaType {
        case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave": return .audio(bytes, format: "wav")
        case "audio/mpeg", "audio/mp3": return .audio(bytes, format: "mp3")
        default: throw Untranslatable("messages", "Send the recording as WAV or MP3; this model takes no others.")
        }
    }
}
