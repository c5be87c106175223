/// What a call of Ollama's API asks for; which one follows from the path alone.
enum OllamaEndpoint: String {
    case chat = "/api/chat"
    case generate = "/api/generate"
    case embed = "/api/embed"
    /// The older way to ask for one vector.
    case embeddings = "/api/embeddings"

    /// What a call that arrived at `place` asks for.
    init(_ place: CallPlace) { self = Self(rawValue: place.endpoint.path) ?? .chat }

    /// As the format lists it.
    var endpoint: FormatEndpoint {
        switch self {
        case .chat, .generate: FormatEndpoint("POST", rawValue, .chat)
        case .embed, .embeddings: FormatEndpoint("POST", rawValue, .embeddings)
        }
    }
}
