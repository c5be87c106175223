import NIOCore

/// A collector that takes OTLP over HTTP, asked over the gateway's own upstream connections.
struct OTLPCollector: SpanCollector {
    let resource: SpanFields
    private let origin: Origin
    /// Request line and header lines, less the body's length.
    private let head: ByteBuffer
    private let loop: Loop

    /// The largest answer, in bytes: it says how many spans were not taken, and why.
    private static let largestAnswer = 64 << 10

    /// Trusts the system's authorities.
    private static let tls = try? UpstreamTLS(caFile: nil, verifies: true)

    /// nil where nothing is to be sent, or the system's authorities can't be read.
    ///
    /// - Parameter instance: This very process; replicas have other names.
    init?(_ settings: TracingSettings, instance: String, on loop: Loop) {
        guard let base = settings.endpoint.flatMap({ BaseURL($0) }), !base.isSecure || Self.tls != nil else {
            return nil
        }
        self.loop = loop
        origin = Origin(host: base.host, port: base.port, tls: base.isSecure ? Self.tls : nil)
        var resource = SpanFields(reserving: 3)
        resource.add("service.name", settings.serviceName)
        resource.add("service.version", Version.current)
        resource.add("service.instance.id", instance)
        self.resource = resource

        let own = [
            (name: "host", value: origin.authority), (name: "user-agent", value: "llm-gateway/\(Version.current)"),
            (name: "content-type", value: "application/x-protobuf"), (name: "content-encoding", value: "gzip"),
        ].filter { line in !settings.headers.contains { $0.name == line.name } }
        let further = settings.headers.map { (name: $0.name, value: $0.value.reveal()) }
        var head = ByteBuffer()
        var target = base.path + "/v1/traces"
        head.writeHead(guess: 4096) { lines in
            target.withUTF8 { _ = lines.requestLine("POST", target: UnsafeRawBufferPointer($0)) }
            for (name, value) in own + further { lines.line(name, value) }
        }
        self.head = head
    }

    func send(_ body: [UInt8], within limit: Duration) async -> ExportAnswer {
        var request = head
        request.writeHead(guess: 64) { lines in
            lines.field("content-length", body.count)
            lines.end()
        }
        request.writeBytes(body)
        let (loop, origin, whole) = (loop, origin, request)
        let result = await Task(executorPreference: loop.executor) { () -> Result<WholeAnswer, UpstreamError> in
            do throws(UpstreamError) {
                return .success(
                    try await loop.upstreams.ask(origin, whole, within: limit, upTo: Self.largestAnswer))
            } catch {
                return .failure(error)
            }
        }.value
        switch result {
        case .failure(let error): return .later(after: nil, reason: "\(origin.host): \(error.detail)")
        case .success(let answer): return Self.meaning(of: answer)
        }
    }

    private static func meaning(of answer: WholeAnswer) -> ExportAnswer {
        let reason = "status \(answer.status)"
        if (200..<300).contains(answer.status) {
            return .accepted(rejected: ExportRequest.rejected(in: Array(answer.body.readableBytesView)))
        }
        guard ExportRetry.isPassing(status: answer.status) else { return .refused(reason: reason) }
        let after = RetryAfter.delay(retryAfter: answer.retryAfter, now: WallClock.now.seconds)
        return .later(after: after, reason: reason)
    }
}
