/// What Ollama's clients ask about the server and its models.
enum OllamaInquiry {
    static let endpoints = [
        FormatEndpoint("GET", "/api/tags", .modelList), FormatEndpoint("GET", "/api/ps", .modelList),
        FormatEndpoint("GET", "/api/version", .modelList), FormatEndpoint("POST", "/api/show", .modelList),
    ]

    /// The version of Ollama whose API this is; clients look whether it is new enough for them.
    private static let version = "0.12.0"

    static func answer(_ inquiry: Inquiry, _ body: JSONNode?) -> InquiryAnswer {
        switch inquiry.place.endpoint.path {
        case "/api/tags": return .json(OllamaModelList.tags(inquiry.models.map(model)))
        // Whatever is served is as good as loaded, but saying so would make clients show sizes that nobody knows.
        case "/api/ps": return .json(OllamaModelList.running([], expiresAt: 0))
        case "/api/version": return .json(OllamaModelList.version(version))
        default:
            do throws(MalformedBody) {
                guard let body else { throw MalformedBody(.invalidJSON, message: "Send a JSON object.") }
                // Older clients say `name`.
                let name =
                    if let model = body.optional("model") { try model.string() } else {
                        try body.required("name").string()
                    }
                guard let entry = inquiry.models.first(where: { $0.name == name || "\($0.name):latest" == name }) else {
                    return .unknownModel(name)
                }
                return .json(OllamaModelList.show(model(entry)))
            } catch {
                return .malformed(error)
            }
        }
    }

    private static func model(_ entry: ModelEntry) -> OllamaModelList.Model {
        OllamaModelList.Model(
            name: entry.name, family: entry.ownedBy, capabilities: ["completion", "tools", "vision"],
            modifiedAt: entry.created)
    }
}
