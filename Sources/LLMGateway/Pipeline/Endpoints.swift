import WireFormats

/// What a path asks for.
enum Endpoint {
    /// A call of a model, in a format.
    case call(any WireFormat, Operation)
    case modelList
    case model(String)
    case health
    case ready
    case metrics
}

/// Where a request goes by its path and method.
struct EndpointMatch {
    enum Finding {
        case found(Endpoint)
        /// The path is known, the method isn't one of these. `of`: the format of a call that it would have been.
        case wrongMethod(allow: String, of: (any WireFormat)?)
        case unknown
    }

    let finding: Finding
    /// The provider that the path names: `/{provider}/v1/…`.
    var pinned: String?
}

/// The paths of the proxy port.
struct Endpoints: Sendable {
    private struct Row: Sendable {
        let path: [UInt8]
        let format: any WireFormat
        let operation: Operation
    }

    private let rows: [Row]
    private let fixed: [(path: [UInt8], endpoint: FixedEndpoint)]

    private enum FixedEndpoint { case modelList, health, ready, metrics }

    /// - Parameter exposesMetrics: Whether `/metrics` is answered here too.
    init(formats: [any WireFormat], exposesMetrics: Bool) {
        rows = formats.flatMap { format in
            format.endpoints.map { Row(path: Array($0.path.utf8), format: format, operation: $0.operation) }
        }
        fixed =
            [("/v1/models", .modelList), ("/health", .health), ("/ready", .ready)].map { (Array($0.utf8), $1) }
            + (exposesMetrics ? [(Array("/metrics".utf8), .metrics)] : [])
    }

    func match(_ method: HTTPMethod, path: UnsafeRawBufferPointer) -> EndpointMatch {
        if let found = match(method, plain: path) { return EndpointMatch(finding: found) }
        // `/{provider}/v1/…`: the first segment is the pin, the rest a path of its own.
        guard path.count > 1, let end = path.dropFirst().firstIndex(of: UInt8(ascii: "/")), end > 1 else {
            return EndpointMatch(finding: .unknown)
        }
        let rest = UnsafeRawBufferPointer(rebasing: path[end...])
        guard rest.starts(with: "/v1/".utf8), let found = match(method, plain: rest) else {
            return EndpointMatch(finding: .unknown)
        }
        let name = UnsafeRawBufferPointer(rebasing: path[1..<end])
        return EndpointMatch(finding: found, pinned: PercentEncoding.decoded(name))
    }

    private func match(_ method: HTTPMethod, plain path: UnsafeRawBufferPointer) -> EndpointMatch.Finding? {
        for row in rows where row.path.count == path.count && path.elementsEqual(row.path) {
            return method == .post
                ? .found(.call(row.format, row.operation)) : .wrongMethod(allow: "POST", of: row.format)
        }
        let isRead = method == .get || method == .head
        for (known, endpoint) in fixed where known.count == path.count && path.elementsEqual(known) {
            guard isRead else { return .wrongMethod(allow: "GET, HEAD", of: nil) }
            switch endpoint {
            case .modelList: return .found(.modelList)
            case .health: return .found(.health)
            case .ready: return .found(.ready)
            case .metrics: return .found(.metrics)
            }
        }
        let prefix = "/v1/models/".utf8
        if path.count > prefix.count, path.starts(with: prefix) {
            guard isRead else { return .wrongMethod(allow: "GET, HEAD", of: nil) }
            return .found(.model(PercentEncoding.decoded(UnsafeRawBufferPointer(rebasing: path[prefix.count...]))))
        }
        return nil
    }
}

/// Percent-encoding in paths (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The text with its escapes undone; what is no valid escape stays as it is, invalid UTF-8 is replaced.
    static func decoded(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                out.append(high << 4 | low)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
