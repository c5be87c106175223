import NIOCore
import Testing
import WireFormats

@testable import LLMGateway

@Suite struct AdminDeskTests {
    private let desk = AdminDesk(
        endpoints: ["GET /admin/keys", "POST /admin/keys", "DELETE /admin/keys/{name}", "GET /debug/health"].map {
            line in
            let words = line.split(separator: " ").map(String.init)
            let method: HTTPMethod = words[0] == "GET" ? .get : words[0] == "POST" ? .post : .delete
            return AdminEndpoint(method, words[1]) { _ throws(ChatFailure) in AdminAnswer() }
        })

    /// Where a path leads, as a line.
    private func lead(_ method: HTTPMethod, _ path: String) -> String {
        switch desk.find(method, path) {
        case .unknown: "unknown"
        case .wrongMethod(let allowed): "allow " + allowed.joined(separator: ", ")
        case .found(let endpoint, let subject):
            "\(endpoint.method.name) \(endpoint.path)" + (subject.isEmpty ? "" : " \(subject)")
        }
    }

    @Test func `a path and a method lead to one endpoint`() {
        #expect(lead(.get, "/admin/keys") == "GET /admin/keys" && lead(.head, "/admin/keys") == "GET /admin/keys")
        #expect(lead(.post, "/admin/keys") == "POST /admin/keys")
        #expect(lead(.delete, "/admin/keys/a%20b/c") == "DELETE /admin/keys/{name} a b/c")
        #expect(lead(.get, "/debug/health") == "GET /debug/health")
    }

    @Test func `other methods are told which ones there are`() {
        #expect(lead(.delete, "/admin/keys") == "allow GET, HEAD, POST")
        #expect(lead(.get, "/admin/keys/x") == "allow DELETE")
        #expect(lead(.post, "/debug/health") == "allow GET, HEAD")
    }

    @Test(arguments: [
        "", "/", "/admin", "/admin/", "/admin/keys/", "/admin/keysx", "/openai/admin/keys", "/debug", "/debug/",
        "/debug/health/", "/debug/healthx", "/Debug/health", "//debug/health", "/debug/v1/health",
    ])
    func `nothing else leads anywhere`(path: String) {
        for method in [HTTPMethod.get, .post, .delete] { #expect(lead(method, path) == "unknown") }
    }

    @Test(.timeLimit(.minutes(1))) func `what may take long is written on no event loop`() async throws {
        try await withLoop { loop in
            let asking = Task(executorPreference: loop.executor) {
                let isOnLoop = loop.eventLoop.inEventLoop
                return await AdminAnswer.written { json in
                    json.field("asked", isOnLoop)
                    json.field("written", loop.eventLoop.inEventLoop)
                }
            }
            let answer = await asking.value
            #expect(String(decoding: answer.body, as: UTF8.self) == #"{"asked":true,"written":false}"#)
        }
    }
}
