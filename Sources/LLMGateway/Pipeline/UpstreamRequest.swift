import NIOCore
import WireFormats

/// The bytes of a request to an upstream: the client's own body, but for the splices, behind a head of ours.
struct UpstreamRequest {
    /// With the body behind it, where that is short.
    private(set) var head: ByteBuffer
    /// The body, where it is too long to be worth copying.
    let body: ByteBuffer?

    private static let spliceLimit = 16 << 10

    /// What is sent.
    enum Content {
        /// The client's own body, but for these edits.
        case clientsOwn([BodySplice])
        /// One of the gateway's writing.
        case written([UInt8])
    }

    /// - Parameters:
    ///   - prefix: The request line and the header lines that are the same for each call.
    ///   - usualHeaders: Lines that are left out where the client's own of that name goes along.
    ///   - streamType: The content type of the stream that is wanted.
    ///   - forwardsKey: Whether the client's own credential goes along.
    ///   - betas: What is said instead of the client's own betas; nil: those.
    ///   - signing: What puts the gateway's credential on it, where `prefix` doesn't hold it.
    /// - Throws: ``UnavailableCredential`` from `signing`.
    init(
        _ call: Call, prefix: [UInt8], _ content: Content, usualHeaders: [(name: String, value: String)],
        streamType: String = "text/event-stream", forwardsKey: Bool, betas: AnthropicBetas? = nil,
        signing: RequestSigning? = nil
    ) throws(UnavailableCredential) {
        let length =
            switch content {
            case .clientsOwn(let splices):
                call.body.readableBytes + splices.reduce(0) { $0 + $1.replacement.count - $1.range.count }
            case .written(let bytes): bytes.count
            }
        let isShort = length <= Self.spliceLimit
        let signature = try signing.map { (signing) throws(UnavailableCredential) in
            try Self.signature(of: call, prefix, content, length, by: signing)
        }
        var head = call.state.takeBuffer(capacity: prefix.count + 512 + (isShort ? length : 0))
        head.writeBytes(prefix)
        if let signature {
            head.writeHead(guess: 4096) { lines in for (name, value) in signature { lines.line(name, value) } }
        }
        let family: String? = if case .clientsOwn = content { call.format.headerPrefix } else { nil }
        Self.writeLines(
            call, length: length, accepts: call.streams ? streamType : "application/json", family: family,
            usualHeaders: usualHeaders, forwardsKey: forwardsKey, betas, to: &head)
        if isShort {
            Self.write(content, of: call, to: &head)
            body = nil
        } else if case .clientsOwn(let splices) = content, splices.isEmpty {
            body = call.body
        } else {
            var long = ByteBufferAllocator().buffer(capacity: length)
            Self.write(content, of: call, to: &long)
            body = long
        }
        self.head = head
    }

    /// Once it was sent for the last time.
    mutating func giveBack(to state: LoopState) {
        var freed = ByteBuffer()
        swap(&head, &freed)
        state.giveBack(freed)
    }

    /// Signs the body as it will be sent.
    private static func signature(
        of call: Call, _ prefix: [UInt8], _ content: Content, _ length: Int, by signing: RequestSigning
    ) throws(UnavailableCredential) -> [(name: String, value: String)] {
        var body = ByteBuffer()
        switch content {
        case .clientsOwn(let splices) where splices.isEmpty: body = call.body
        case .written, .clientsOwn:
            body.reserveCapacity(length)
            write(content, of: call, to: &body)
        }
        let signed = body.withUnsafeReadableBytes { bytes in
            Result { () throws(UnavailableCredential) in try signing.lines(prefix, body: bytes) }
        }
        return try signed.get()
    }

    private static func write(_ content: Content, of call: Call, to out: inout ByteBuffer) {
        switch content {
        case .written(let bytes): out.writeBytes(bytes)
        case .clientsOwn(let splices):
            call.body.withUnsafeReadableBytes { bytes in
                var position = 0
                for splice in splices {
                    out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position..<splice.range.lowerBound]))
                    out.writeBytes(splice.replacement)
                    position = splice.range.upperBound
                }
                out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position...]))
            }
        }
    }

    private static func writeLines(
        _ call: Call, length: Int, accepts: String, family: String?, usualHeaders: [(name: String, value: String)],
        forwardsKey: Bool, _ betas: AnthropicBetas?, to out: inout ByteBuffer
    ) {
        let connection = call.connection
        connection.withHead { head in
            var forwarded = connection.fields.all.filter { forwards($0, in: head, family: family, key: forwardsKey) }
            if let trace = call.trace {
                // The call's place in the trace is another one now; without a trace its state means nothing.
                forwarded.removeAll { $0.known == .traceparent || $0.known == .tracestate && trace.parent == nil }
            }
            if betas != nil { forwarded.removeAll { $0.isNamed(AnthropicBetas.header, in: head) } }
            out.writeHead(guess: 512) { lines in
                lines.field("accept", accepts)
                lines.field("x-request-id", call.requestID)
                if let trace = call.trace { lines.field("traceparent", trace.ofAttempt.traceparent) }
                for field in forwarded { lines.field(field.name(in: head), field.value(in: head)) }
                if let betas, !betas.values.isEmpty {
                    lines.line(AnthropicBetas.header, betas.values.joined(separator: ","))
                }
                for (name, value) in usualHeaders where !forwarded.contains(where: { $0.isNamed(name, in: head) }) {
                    lines.line(name, value)
                }
                lines.field("content-length", length)
                lines.end()
            }
        }
    }

    /// What of the client's head an upstream sees: what belongs to the call, never to the hop, the client's browser or
    /// its credential here.
    ///
    /// - Parameter family: How the names of the headers begin that the format has for itself; nil: none goes along.
    private static func forwards(
        _ field: HeaderField, in head: UnsafeRawBufferPointer, family: String?, key: Bool
    ) -> Bool {
        switch field.known {
        // By `via` gateways notice that a call goes round in a circle.
        case .via, .idempotencyKey, .traceparent, .tracestate: return true
        case .authorization, .xAPIKey, .apiKey, .xGoogAPIKey: return key
        case .other:
            guard let family else { return false }
            let name = field.name(in: head)
            guard name.count > family.utf8.count,
                equals(UnsafeRawBufferPointer(rebasing: name[..<family.utf8.count]), family)
            else { return false }
            // These two belong to the client's own credential.
            return key || !["openai-organization", "openai-project"].contains { equals(name, $0) }
        default: return false
        }
    }

    /// - Parameter lowered: In lower case.
    private static func equals(_ name: UnsafeRawBufferPointer, _ lowered: String) -> Bool {
        name.count == lowered.utf8.count && zip(name, lowered.utf8).allSatisfy { ($0 | 0x20) == $1 || $0 == $1 }
    }
}

extension HeaderField {
    /// - Parameter name: In lower case.
    func isNamed(_ name: String, in head: UnsafeRawBufferPointer) -> Bool {
        let own = self.name(in: head)
        return own.count == name.utf8.count && zip(own, name.utf8).allSatisfy { ($0 | 0x20) == $1 || $0 == $1 }
    }
}
