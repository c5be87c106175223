import Testing
import WireFormats

@testable import LLMGateway

@Suite struct EndpointsTests {
    /// Where a path leads, as a line.
    private func lead(_ method: HTTPMethod, _ path: String, metrics: Bool = false) -> String {
        let endpoints = Endpoints(formats: .builtIn, exposesMetrics: metrics)
        let match = Array(path.utf8).withUnsafeBytes { endpoints.match(method, path: $0, query: nil) }
        let pin = match.pinned.map { "\($0) > " } ?? ""
        switch match.finding {
        case .unknown: return pin + "unknown"
        case .wrongMethod(let allow, _): return pin + "allow \(allow)"
        case .found(.call(let format, let place)):
            return pin + "\(format.id.name) \(place.endpoint.operation)" + (place.model.map { " \($0)" } ?? "")
        case .found(.model(let name)): return pin + "model \(name)"
        case .found(.storedAnswer(let format, let place, let id)):
            return pin + "\(format.id.name) \(place.endpoint.method) \(place.endpoint.operation) \(id)"
        case .found(let endpoint): return pin + "\(endpoint)"
        }
    }

    @Test(arguments: [
        ("/v1/chat/completions", "openai-chat chat"), ("/v1/completions", "openai-completions chat"),
        ("/v1/embeddings", "openai-embeddings embeddings"), ("/v1/responses", "openai-responses chat"),
        ("/openai/v1/chat/completions", "openai > openai-chat chat"),
        ("/my%20own/v1/embeddings", "my own > openai-embeddings embeddings"),
        ("/v1/v1/chat/completions", "v1 > openai-chat chat"),
        ("/v1/chat/completions/", "unknown"), ("/V1/chat/completions", "unknown"), ("/v1/chat", "unknown"),
        ("//v1/chat/completions", "unknown"), ("/a/b/v1/chat/completions", "unknown"), ("/", "allow GET, HEAD"),
        ("", "unknown"), ("/v1", "unknown"), ("/v1/", "unknown"), ("/openai/v1/", "unknown"), ("*", "unknown"),
        ("/v1/models", "allow GET, HEAD"), ("/v1/models/x", "allow GET, HEAD"), ("/health", "allow GET, HEAD"),
        ("/openai/v1/models", "openai > allow GET, HEAD"),
    ])
    func `a POST leads to`(path: String, place: String) {
        #expect(lead(.post, path) == place)
    }

    @Test(arguments: [HTTPMethod.get, .head])
    func `GET and HEAD lead to what can be read`(method: HTTPMethod) {
        let places = [
            ("/v1/models", "modelList"), ("/health", "health"), ("/ready", "ready"), ("/metrics", "unknown"),
            ("/v1/models/gpt-4o", "model gpt-4o"), ("/v1/models/openai%2Fgpt-4o", "model openai/gpt-4o"),
            ("/v1/models/openai/gpt-4o", "model openai/gpt-4o"), ("/v1/models/", "unknown"),
            ("/openai/v1/models", "openai > modelList"), ("/openai/v1/models/m", "openai > model m"),
            ("/openai/health", "unknown"), ("/openai/ready", "unknown"),
            ("/v1/chat/completions", "allow POST"), ("/openai/v1/responses", "openai > allow POST"),
        ]
        for (path, place) in places { #expect(lead(method, path) == place, "\(path)") }
    }

    @Test func `an answer that was kept is read and deleted by its id`() {
        let path = "/v1/responses/resp_1-_"
        #expect(lead(.get, path) == "openai-responses GET storedResponse resp_1-_")
        #expect(lead(.delete, path) == "openai-responses DELETE storedResponse resp_1-_")
        #expect(lead(.get, "/openai\(path)") == "openai > openai-responses GET storedResponse resp_1-_")
        for method in [HTTPMethod.post, .head, .put, .options] { #expect(lead(method, path) == "allow GET, DELETE") }
        #expect(lead(.get, "/v1/responses/") == "unknown" && lead(.get, path + "/input_items") == "unknown")
        #expect(lead(.delete, "/v1/responses") == "allow POST")
    }

    @Test func `metrics are on the proxy port only when the configuration says so`() {
        #expect(lead(.get, "/metrics", metrics: true) == "metrics")
        #expect(lead(.post, "/metrics", metrics: true) == "allow GET, HEAD")
        #expect(lead(.get, "/metrics", metrics: false) == "unknown")
        #expect(lead(.get, "/openai/metrics", metrics: true) == "unknown")
    }

    @Test(arguments: [HTTPMethod.put, .delete, .patch, .options, .other])
    func `other methods are told which ones there are`(method: HTTPMethod) {
        #expect(lead(method, "/v1/chat/completions") == "allow POST")
        #expect(lead(method, "/v1/models") == "allow GET, HEAD")
        #expect(lead(method, "/nowhere") == "unknown")
    }

    @Test func `every endpoint of every format is found at its path, pinned or not`() {
        for format in [any WireFormat].builtIn {
            for endpoint in format.endpoints {
                let path = endpoint.path.replacing("{model}", with: "a/b:c")
                let model = path == endpoint.path ? "" : " a/b:c"
                #expect(lead(.post, path) == "\(format.id.name) \(endpoint.operation)" + model)
                #expect(lead(.post, "/p" + path) == "p > \(format.id.name) \(endpoint.operation)" + model)
            }
        }
    }
}

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%2Fb", "a/b"), ("a%2fb", "a/b"), ("%41%42", "AB"), ("%C3%A9", "é"), ("100%", "100%"),
        ("%4", "%4"), ("%", "%"), ("%zz", "%zz"), ("%4g", "%4g"), ("%%41", "%A"), ("%2541", "%41"), ("", ""),
        ("%FF", "\u{FFFD}"), ("a+b", "a+b"),
    ])
    func `escapes are undone once, and what is none stays`(text: String, decoded: String) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { PercentEncoding.decoded($0) } == decoded)
    }
}
