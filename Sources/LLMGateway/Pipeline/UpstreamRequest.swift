import NIOCore
import WireFormats

/// The bytes of a request to an upstream: the client's own body, but for the splices, behind a head of ours.
struct UpstreamRequest {
    /// With the body behind it, where that is short.
    private(set) var head: ByteBuffer
    /// The body, where it is too long to be worth copying.
    let body: ByteBuffer?

    private static let spliceLimit = 16 << 10

    /// - Parameters:
    ///   - prefix: The request line and the header lines that are the same for each call.
    ///   - forwardsKey: Whether the client's own credential goes along.
    init(_ call: Call, prefix: [UInt8], splices: [BodySplice], forwardsKey: Bool) {
        let length = call.body.readableBytes + splices.reduce(0) { $0 + $1.replacement.count - $1.range.count }
        let isShort = length <= Self.spliceLimit
        var head = call.state.takeBuffer(capacity: prefix.count + 512 + (isShort ? length : 0))
        head.writeBytes(prefix)
        Self.writeLines(call, length: length, forwardsKey: forwardsKey, to: &head)
        if isShort {
            Self.write(call.body, splices, to: &head)
            body = nil
        } else if splices.isEmpty {
            body = call.body
        } else {
            var spliced = ByteBufferAllocator().buffer(capacity: length)
            Self.write(call.body, splices, to: &spliced)
            body = spliced
        }
        self.head = head
    }

    /// Once it was sent for the last time.
    mutating func giveBack(to state: LoopState) {
        var freed = ByteBuffer()
        swap(&head, &freed)
        state.giveBack(freed)
    }

    private static func write(_ original: ByteBuffer, _ splices: [BodySplice], to out: inout ByteBuffer) {
        original.withUnsafeReadableBytes { bytes in
            var position = 0
            for splice in splices {
                out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position..<splice.range.lowerBound]))
                out.writeBytes(splice.replacement)
                position = splice.range.upperBound
            }
            out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        }
    }

    private static func writeLines(_ call: Call, length: Int, forwardsKey: Bool, to out: inout ByteBuffer) {
        let connection = call.connection
        connection.withHead { head in
            out.writeHead(guess: 512) { lines in
                lines.field("accept", call.streams ? "text/event-stream" as StaticString : "application/json")
                lines.field("x-request-id", call.requestID)
                for field in connection.fields.all where forwards(field, in: head, key: forwardsKey) {
                    lines.field(field.name(in: head), field.value(in: head))
                }
                lines.field("content-length", length)
                lines.end()
            }
        }
    }

    /// What of the client's head an upstream sees: what belongs to the call, never to the hop, the client's browser or
    /// its credential here.
    private static func forwards(_ field: HeaderField, in head: UnsafeRawBufferPointer, key: Bool) -> Bool {
        switch field.known {
        case .idempotencyKey, .traceparent, .tracestate: return true
        case .authorization, .xAPIKey, .apiKey, .xGoogAPIKey: return key
        case .other:
            let name = field.name(in: head)
            guard name.count > 7, starts(name, with: "openai-") else { return false }
            // These two belong to the client's own credential.
            let isAccount = equals(name, "openai-organization") || equals(name, "openai-project")
            return key || !isAccount
        default: return false
        }
    }

    private static func starts(_ name: UnsafeRawBufferPointer, with lowered: StaticString) -> Bool {
        let count = lowered.utf8CodeUnitCount
        return name.count >= count && equals(UnsafeRawBufferPointer(rebasing: name[..<count]), lowered)
    }

    private static func equals(_ name: UnsafeRawBufferPointer, _ lowered: StaticString) -> Bool {
        guard name.count == lowered.utf8CodeUnitCount, let base = name.baseAddress else { return false }
        return FieldGrammar.equals(base, count: name.count, ignoringCase: lowered)
    }
}
