/// What one side said before the other spoke.
public struct ChatTurn: Sendable, Equatable {
    /// Who speaks.
    public enum Speaker: String, Sendable {
        /// The person, or what stands for one; also whoever reports the results of tools.
        case user
        /// The model.
        case assistant
        /// Whoever set the model up, once the dialogue is under way.
        case system
    }

    /// Who speaks.
    public var speaker: Speaker
    /// What is said, in order. Reasoning and tool calls are the model's, results of tools the user's.
    public var parts: [ChatPart]

    /// A turn of these parts.
    public init(_ speaker: Speaker, _ parts: [ChatPart]) {
        (self.speaker, self.parts) = (speaker, parts)
    }

    /// A turn that is one text.
    public init(_ speaker: Speaker, _ text: String) {
        self.init(speaker, [.text(text)])
    }

    /// All its texts, one after the other.
    public var text: String { parts.text }
}

/// A piece of a turn or of an answer.
public struct ChatPart: Sendable, Equatable {
    /// What it is.
    public enum Content: Sendable, Equatable {
        /// Plain text.
        case text(String)
        /// The model's refusal, in its words.
        case refusal(String)
        /// What the model thought. Its text may be empty where only the signature is told.
        case reasoning(String)
        /// What the model thought and its provider keeps to itself: the part's ``ChatPart/state`` is all there is.
        case hiddenReasoning
        /// A picture.
        case image(Media)
        /// A document.
        case document(Media)
        /// Something to listen to.
        case audio(Media)
        /// The model calls a tool.
        case toolCall(ToolCall)
        /// What a tool said.
        case toolResult(ToolResult)
        /// A piece that only its own provider understands.
        case foreign(ForeignPart)
    }

    /// What it is.
    public var content: Content
    /// Asks the provider to keep its work up to the end of this part.
    public var cacheHint: CacheHint?
    /// What the provider wants back with this part, byte for byte: a signature, sealed reasoning.
    public var state: OpaqueState?

    /// A piece.
    public init(_ content: Content, cacheHint: CacheHint? = nil, state: OpaqueState? = nil) {
        (self.content, self.cacheHint, self.state) = (content, cacheHint, state)
    }

    /// Plain text.
    public static func text(_ text: String) -> ChatPart { ChatPart(.text(text)) }
    /// A call of a tool.
    public static func toolCall(_ call: ToolCall) -> ChatPart { ChatPart(.toolCall(call)) }
    /// What a tool said.
    public static func toolResult(_ result: ToolResult) -> ChatPart { ChatPart(.toolResult(result)) }
    /// A picture.
    public static func image(_ image: Media) -> ChatPart { ChatPart(.image(image)) }
}

extension [ChatPart] {
    /// All texts among them, one after the other.
    public var text: String {
        reduce(into: "") { text, part in
            if case .text(let more) = part.content { text += more }
        }
    }

    /// The tool calls among them, in order.
    public var toolCalls: [ToolCall] {
        compactMap { if case .toolCall(let call) = $0.content { call } else { nil } }
    }
}

/// A picture, a document or a recording.
public struct Media: Sendable, Equatable {
    /// Where its bytes are.
    public enum Source: Sendable, Equatable {
        /// At an address: `https:`, or what only its provider can reach, as `gs:`.
        case url(String)
        /// Here: base64 without line breaks.
        case base64(String)
        /// Here, as text: of a document.
        case text(String)
        /// With the provider, under an id that it gave.
        case file(String)
    }

    /// Where its bytes are.
    public var source: Source
    /// As `image/png`; nil where nobody said.
    public var mediaType: String?
    /// What it is called: a file name or a title.
    public var name: String?
    /// How closely to look at a picture: `low`, `high`, `auto`; nil when the client didn't say.
    public var detail: String?
    /// Who keeps a ``Source/file(_:)`` and gave it its id, as in ``OpaqueState/origin``; nil where that isn't known.
    public var keeper: String?

    /// Something to look at or to listen to.
    public init(
        _ source: Source, mediaType: String? = nil, name: String? = nil, detail: String? = nil, keeper: String? = nil
    ) {
        (self.source, self.mediaType, self.name, self.detail) = (source, mediaType, name, detail)
        self.keeper = keeper
    }

    /// Whether its bytes are out of reach of `provider`, since another one keeps them.
    func isKept(butNotBy provider: String) -> Bool {
        if case .file = source { keeper.map { $0 != provider } ?? false } else { false }
    }

    /// What a URL stands for: a `data:` URL (RFC 2397) is taken apart when it is base64, every other one is an address.
    public init(url: String, name: String? = nil, detail: String? = nil) {
        if let data = DataURL(url) {
            self.init(.base64(data.base64), mediaType: data.mediaType, name: name, detail: detail)
        } else {
            self.init(.url(url), name: name, detail: detail)
        }
    }

    /// The URL that stands for it: its address, or a `data:` URL with its bytes; nil for a provider's file.
    ///
    /// - Parameter fallback: The media type of bytes of which nobody said one.
    public func url(typeIfUnknown fallback: String) -> String? {
        switch source {
        case .url(let url): url
        case .base64(let bytes): "data:\(mediaType ?? fallback);base64,\(bytes)"
        case .text, .file: nil
        }
    }
}

/// What a provider gave to be handed back as it is, and nobody else may see: it would be refused there.
public struct OpaqueState: Sendable, Hashable {
    /// Who can read it: `anthropic`, `google`, `openai`, or a gateway's own name.
    public var origin: String
    /// As it came.
    public var value: String
    /// The id of what it belongs to, where its origin gave one.
    public var id: String?

    /// A state that `origin` can read.
    public init(origin: String, value: String, id: String? = nil) {
        (self.origin, self.value, self.id) = (origin, value, id)
    }

    /// Claude's signatures and redacted thinking, wherever Claude is served.
    public static let anthropic = "anthropic"
    /// Gemini's thought signatures, wherever Gemini is served.
    public static let google = "google"
    /// OpenAI's encrypted reasoning.
    public static let openAI = "openai"
}

/// A wish that the provider keep what it has read up to some place.
public struct CacheHint: Sendable, Hashable {
    /// How long, as `5m` or `1h`; nil: the provider's own time.
    public var lifetime: String?

    /// A wish.
    public init(lifetime: String? = nil) { self.lifetime = lifetime }
}

/// A piece that only its own provider understands, as the result of a tool that the provider ran.
public struct ForeignPart: Sendable, Equatable {
    /// Whose it is, as in ``OpaqueState/origin``.
    public var origin: String
    /// Its type there, as `server_tool_use`.
    public var type: String
    /// The whole piece, as it was written: JSON.
    public var json: [UInt8]

    /// A piece.
    public init(origin: String, type: String, json: [UInt8]) {
        (self.origin, self.type, self.json) = (origin, type, json)
    }
}
