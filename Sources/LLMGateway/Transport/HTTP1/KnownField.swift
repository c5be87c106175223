/// The header names that the gateway itself reads. They are found while a head is parsed, so that looking one up later
/// compares no strings.
enum KnownField: UInt8, CaseIterable, Sendable {
    /// Any name that is not in this list.
    case other
    case host, contentLength, transferEncoding, connection, keepAlive, upgrade, te, trailer, expect
    case authorization, xAPIKey, apiKey, xGoogAPIKey, idempotencyKey
    case contentType, contentEncoding, accept, acceptEncoding, userAgent, cookie, setCookie
    case origin, accessControlRequestMethod, accessControlRequestHeaders
    case xRequestID, requestID, traceparent, tracestate
    case via, forwarded, xForwardedFor, proxyAuthorization, proxyAuthenticate, proxyConnection
    case xLLMGatewayTimeout, xLLMGatewayCache, xLLMGatewayTags, xLLMGatewaySession
    case retryAfter, retryAfterMS, date, server, location

    /// The name in small letters; empty for ``other``.
    var name: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .keepAlive: "keep-alive"
        case .upgrade: "upgrade"
        case .te: "te"
        case .trailer: "trailer"
        case .expect: "expect"
        case .authorization: "authorization"
        case .xAPIKey: "x-api-key"
        case .apiKey: "api-key"
        case .xGoogAPIKey: "x-goog-api-key"
        case .idempotencyKey: "idempotency-key"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .userAgent: "user-agent"
        case .cookie: "cookie"
        case .setCookie: "set-cookie"
        case .origin: "origin"
        case .accessControlRequestMethod: "access-control-request-method"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .xRequestID: "x-request-id"
        case .requestID: "request-id"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .via: "via"
        case .forwarded: "forwarded"
        case .xForwardedFor: "x-forwarded-for"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyConnection: "proxy-connection"
        case .xLLMGatewayTimeout: "x-llm-gateway-timeout"
        case .xLLMGatewayCache: "x-llm-gateway-cache"
        case .xLLMGatewayTags: "x-llm-gateway-tags"
        case .xLLMGatewaySession: "x-llm-gateway-session"
        case .retryAfter: "retry-after"
        case .retryAfterMS: "retry-after-ms"
        case .date: "date"
        case .server: "server"
        case .location: "location"
        }
    }

    /// Recognises a field name, ignoring case. Who asks more than once at a time keeps the table for it.
    @inline(__always)
    init(_ name: UnsafeRawPointer, count: Int, in slots: [Slot] = Self.slots) {
        self = .other
        guard count > 0 else { return }
        var index = Self.firstSlot(name, count: count)
        while true {
            let slot = slots[index]
            if slot.field == .other { return }
            if FieldGrammar.equals(name, count: count, ignoringCase: slot.name) {
                self = slot.field
                return
            }
            index = (index &+ 1) & 127
        }
    }

    /// A place in the table of names.
    struct Slot: Sendable {
        fileprivate var field = KnownField.other
        // Beside the field, as ``KnownField/name`` is a jump.
        fileprivate var name: StaticString = ""
    }

    /// Where the search for a name begins. The factors give no two of today's names the same slot, which makes it one
    /// comparison a name; a collision would cost a second one and nothing else.
    @inline(__always)
    private static func firstSlot(_ name: UnsafeRawPointer, count: Int) -> Int {
        let first = Int(name.load(as: UInt8.self) | 0x20)
        let middle = Int(name.load(fromByteOffset: count &>> 1, as: UInt8.self) | 0x20)
        let last = Int(name.load(fromByteOffset: count &- 1, as: UInt8.self) | 0x20)
        return (count &* 25 &+ first &* 2 &+ middle &* 5 &+ last) & 127
    }

    /// An open hash table of all names; its size is a power of two, about three times their number.
    static let slots: [Slot] = {
        var slots = [Slot](repeating: Slot(), count: 128)
        for field in allCases where field != .other {
            var index = firstSlot(UnsafeRawPointer(field.name.utf8Start), count: field.name.utf8CodeUnitCount)
            while slots[index].field != .other { index = (index + 1) % slots.count }
            slots[index] = Slot(field: field, name: field.name)
        }
        return slots
    }()
}
