import NIOCore

/// Asks those who give credentials out, over the gateway's own upstream connections.
struct CredentialClient: Sendable {
    private let loop: Loop
    private let deadline: NIODeadline

    /// The largest answer, in bytes: tokens are short.
    private static let largestAnswer = 1 << 20

    /// Shared by all: they trust the system's authorities.
    private static let tls = try? UpstreamTLS(caFile: nil, verifies: true)

    /// - Parameter limit: For all that is asked with it.
    init(_ loop: Loop, within limit: Duration) {
        self.loop = loop
        deadline = .now() + TimeAmount(limit)
    }

    /// An answer, whatever its status.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// - Parameters:
    ///   - url: With the query, if any.
    ///   - headers: Names in lower case; `host` and `content-length` are added.
    /// - Throws: ``UnavailableCredential`` when there is no answer, with the host in the reason but nothing secret.
    func ask(
        _ method: StaticString, _ url: String, headers: [(name: String, value: String)] = [], body: String? = nil
    ) async throws(UnavailableCredential) -> Answer {
        guard let base = BaseURL(url) else {
            throw UnavailableCredential(fault: .refused, reason: "where credentials come from is no URL")
        }
        if base.isSecure, Self.tls == nil {
            throw UnavailableCredential(fault: .refused, reason: "the system's certificate authorities can't be read")
        }
        let origin = Origin(host: base.host, port: base.port, tls: base.isSecure ? Self.tls : nil)
        var lines = [(name: "host", value: origin.authority)] + headers
        if let body { lines.append(("content-length", "\(body.utf8.count)")) }
        var target = Self.target(of: url)
        var request = ByteBuffer()
        var isProper = false
        request.writeHead(guess: 4096) { head in
            isProper = target.withUTF8 { head.requestLine(method, target: UnsafeRawBufferPointer($0)) }
            head.field("user-agent", "llm-gateway/\(Version.current)")
            for (name, value) in lines { head.line(name, value) }
            head.end()
        }
        guard isProper else {
            throw UnavailableCredential(fault: .refused, reason: "where credentials come from is no URL")
        }
        if let body { request.writeString(body) }
        do throws(UpstreamError) {
            let left: TimeAmount = deadline - NIODeadline.now()
            let answer = try await loop.upstreams.ask(
                origin, request, within: .nanoseconds(max(1, left.nanoseconds)), upTo: Self.largestAnswer)
            return Answer(status: answer.status, body: Array(answer.body.readableBytesView))
        } catch {
            throw UnavailableCredential(fault: .unreachable, reason: "\(base.host): \(error.detail)")
        }
    }

    /// Path and query; a URL without a path means the root.
    private static func target(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "/" }
        let target = url[scheme.upperBound...].drop { $0 != "/" }
        return target.isEmpty ? "/" : String(target)
    }
}
