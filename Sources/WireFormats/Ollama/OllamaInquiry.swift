/// What Ollama's clients ask about the server and its models.
enum OllamaInquiry {
    static let endpoints = [
        FormatEndpoint("GET", "/api/tags", .modelList), FormatEndpoint("GET", "/api/ps", .modelList),
        FormatEndpoint("GET", "/api/version", .modelList, isOpen: true),
        FormatEndpoint("POST", "/api/show", .modelList),
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
                let name = try named(in: body)
                let names = [name, name + ":latest", OllamaFormat().otherName(ofListed: name)].compactMap { $0 }
                guard let entry = inquiry.model(named: names) else { return .unknownModel(name) }
                return .json(OllamaModelList.show(model(entry)))
            } catch {
                return .malformed(error)
            }
        }
    }

    /// The model that is asked about. Ollama's own program says it under the older key, beside an empty new one.
    private static func named(in body: JSONNode) throws(MalformedBody) -> String {
        for name in [body.optional("model"), body.optional("name")] {
            if let name = try name?.string(), !name.isEmpty { return name }
        }
        throw try body.required("model").malformed("must name a model")
    }

    private static func model(_ entry: ModelEntry) -> OllamaModelList.Model {
        OllamaModelList.Model(
            name: entry.name, family: entry.ownedBy, capabilities: ["completion", "tools", "vision"],
            modifiedAt: entry.created)
    }
}
