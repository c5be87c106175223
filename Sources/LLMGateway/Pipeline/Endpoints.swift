import WireFormats

/// What a path asks for.
enum Endpoint {
    /// A call of a model, in a format.
    case call(any WireFormat, CallPlace)
    /// What clients of a format ask beside calls.
    case inquiry(any WireFormat, CallPlace)
    /// An answer that was kept, by its id: to be read, or deleted.
    case storedAnswer(any WireFormat, CallPlace, id: String)
    /// Whether this is a server of the kind that answers at the root.
    case root
    case modelList
    case model(String)
    case health
    case ready
    case metrics
}

extension Endpoint {
    /// Whether it is answered to whoever asks, with a key or without.
    var isForAnyone: Bool {
        switch self {
        case .root, .health, .ready: true
        case .inquiry(_, let place): place.endpoint.isOpen
        case .call, .storedAnswer, .modelList, .model, .metrics: false
        }
    }
}

/// Where a request goes by its path and method.
struct EndpointMatch {
    enum Finding {
        case found(Endpoint)
        /// The path is known, the method isn't one of these. `of`: what another would have asked for.
        case wrongMethod(allow: String, of: Endpoint)
        /// - nearest: The format whose paths look most like this one.
        case unknown(nearest: any WireFormat)
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
        let place: CallPlace
        let isInquiry: Bool
    }

    /// A path with a model's name in it.
    private struct Template: Sendable {
        let before: [UInt8]
        let after: [UInt8]
        let format: any WireFormat
        let endpoint: FormatEndpoint
        let isInquiry: Bool
    }

    private let rows: [Row]
    private let templates: [Template]
    private let fixed: [(path: [UInt8], endpoint: Endpoint)]
    /// What comes before the id of an answer that was kept.
    private let stored: [(before: [UInt8], path: String, format: any WireFormat)]
    private let formats: [any WireFormat]

    /// - Parameters:
    ///   - formats: At least one; the first one's errors are what a path gets that looks like nobody's.
    ///   - exposesMetrics: Whether `/metrics` is answered here too.
    init(formats: [any WireFormat], exposesMetrics: Bool) {
        var (rows, templates): ([Row], [Template]) = ([], [])
        for format in formats {
            // Calls first: of two paths with a name in them, theirs is the longer one.
            let all = format.endpoints.map { ($0, false) } + format.inquiries.map { ($0, true) }
            for (endpoint, isInquiry) in all {
                if let name = endpoint.path.firstRange(of: "{model}") {
                    templates.append(
                        Template(
                            before: Array(endpoint.path[..<name.lowerBound].utf8),
                            after: Array(endpoint.path[name.upperBound...].utf8), format: format, endpoint: endpoint,
                            isInquiry: isInquiry))
                } else {
                    rows.append(
                        Row(
                            path: Array(endpoint.path.utf8), format: format, place: CallPlace(endpoint),
                            isInquiry: isInquiry))
                }
            }
        }
        (self.rows, self.templates, self.formats) = (rows, templates, formats)
        stored = formats.compactMap { format in
            format.storedAnswers.map { codec in
                (Array(codec.path.prefix { $0 != "{" }.utf8), codec.path, format)
            }
        }
        fixed =
            [("/", .root), ("/v1/models", .modelList), ("/health", .health), ("/ready", .ready)].map {
                (Array($0.utf8), $1)
            }
            + (exposesMetrics ? [(Array("/metrics".utf8), .metrics)] : [])
    }

    /// - Parameter query: What comes after the path's question mark.
    func match(_ method: HTTPMethod, path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer?) -> EndpointMatch {
        if let found = match(method, plain: path, query) {
            return EndpointMatch(finding: found)
        }
        // `/{provider}/v1/…`: the first segment is the pin, the rest a path of its own.
        guard path.count > 1, let end = path.dropFirst().firstIndex(of: UInt8(ascii: "/")), end > 1 else {
            return EndpointMatch(finding: .unknown(nearest: nearest(path)))
        }
        let rest = UnsafeRawBufferPointer(rebasing: path[end...])
        guard let found = match(method, plain: rest, query), rest.dropFirst().contains(UInt8(ascii: "/")) else {
            let isPinned = formats.contains { $0.endpoints.contains { Self.areAlike(rest, $0.path) } }
            return EndpointMatch(finding: .unknown(nearest: nearest(isPinned ? rest : path)))
        }
        let name = UnsafeRawBufferPointer(rebasing: path[1..<end])
        return EndpointMatch(finding: found, pinned: PercentEncoding.decoded(name))
    }

    private func match(
        _ method: HTTPMethod, plain path: UnsafeRawBufferPointer, _ query: UnsafeRawBufferPointer?
    ) -> EndpointMatch.Finding? {
        for row in rows where row.path.count == path.count && path.elementsEqual(row.path) {
            let place = query.map { CallPlace(row.place.endpoint, query: String(decoding: $0, as: UTF8.self)) }
            return found(method, row.format, place ?? row.place, isInquiry: row.isInquiry)
        }
        for template in templates
        where path.count > template.before.count + template.after.count && path.starts(with: template.before)
            && path.suffix(template.after.count).elementsEqual(template.after)
        {
            let name = UnsafeRawBufferPointer(
                rebasing: path[template.before.count..<(path.count - template.after.count)])
            let place = CallPlace(
                template.endpoint, model: PercentEncoding.decoded(name),
                query: query.map { String(decoding: $0, as: UTF8.self) } ?? "")
            return found(method, template.format, place, isInquiry: template.isInquiry)
        }
        for (before, template, format) in stored where path.count > before.count && path.starts(with: before) {
            let id = UnsafeRawBufferPointer(rebasing: path[before.count...])
            guard !id.contains(UInt8(ascii: "/")) else { continue }
            let place = CallPlace(
                FormatEndpoint(method.name.description, template, .storedResponse),
                query: query.map { String(decoding: $0, as: UTF8.self) } ?? "")
            let endpoint = Endpoint.storedAnswer(format, place, id: PercentEncoding.decoded(id))
            let allowed: [HTTPMethod] = [.get, .delete]
            return allowed.contains(method) ? .found(endpoint) : .wrongMethod(allow: "GET, DELETE", of: endpoint)
        }
        let isRead = method == .get || method == .head
        for (known, endpoint) in fixed where known.count == path.count && path.elementsEqual(known) {
            return isRead ? .found(endpoint) : .wrongMethod(allow: "GET, HEAD", of: endpoint)
        }
        let prefix = "/v1/models/".utf8
        if path.count > prefix.count, path.starts(with: prefix) {
            let name = PercentEncoding.decoded(UnsafeRawBufferPointer(rebasing: path[prefix.count...]))
            return isRead ? .found(.model(name)) : .wrongMethod(allow: "GET, HEAD", of: .model(name))
        }
        return nil
    }

    private func found(
        _ method: HTTPMethod, _ format: any WireFormat, _ place: CallPlace, isInquiry: Bool
    ) -> EndpointMatch.Finding {
        let isRead = method == .get || method == .head
        guard isInquiry else {
            let call = Endpoint.call(format, place)
            return method == .post ? .found(call) : .wrongMethod(allow: "POST", of: call)
        }
        let inquiry = Endpoint.inquiry(format, place)
        if place.endpoint.method == "GET" {
            return isRead ? .found(inquiry) : .wrongMethod(allow: "GET, HEAD", of: inquiry)
        }
        return method == .post ? .found(inquiry) : .wrongMethod(allow: "POST", of: inquiry)
    }

    /// The format whose errors an unknown path gets: the one with a path that it goes on from, else the one that has its
    /// first segment for itself, else the first.
    private func nearest(_ path: UnsafeRawBufferPointer) -> any WireFormat {
        func paths(_ format: any WireFormat) -> [String] { format.endpoints.map(\.path) }
        if let longer = formats.first(where: { paths($0).contains { path.starts(with: ($0 + "/").utf8) } }) {
            return longer
        }
        let alike = formats.filter { paths($0).contains { Self.areAlike(path, $0) } }
        return alike.count == 1 ? alike[0] : formats[0]
    }

    /// Whether the first segments are the same.
    private static func areAlike(_ path: UnsafeRawBufferPointer, _ other: String) -> Bool {
        let slash = UInt8(ascii: "/")
        return path.dropFirst().prefix { $0 != slash }.elementsEqual(other.utf8.dropFirst().prefix { $0 != slash })
    }
}
