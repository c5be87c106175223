import WireFormats

/// One thing that those who operate the gateway may ask for: a line in the table of ``AdminDesk``.
struct AdminEndpoint: Sendable {
    /// `GET` stands for `HEAD` too.
    let method: HTTPMethod
    /// As in a URL; a `{…}` at its end stands for anything but nothing: `/admin/keys/{name}`.
    let path: String
    let answer: @Sendable (AdminRequest) async throws(ChatFailure) -> AdminAnswer

    init(
        _ method: HTTPMethod, _ path: String,
        _ answer: @escaping @Sendable (AdminRequest) async throws(ChatFailure) -> AdminAnswer
    ) {
        (self.method, self.path, self.answer) = (method, path, answer)
    }

    /// The words of an `allow` header that it stands for.
    var methods: [String] { method == .get ? ["GET", "HEAD"] : [method.name.description] }

    func takes(_ method: HTTPMethod) -> Bool { method == self.method || method == .head && self.method == .get }

    /// What stands in the place of its `{…}`, decoded; empty for a path without one. nil: the path is another one.
    func subject(of path: String) -> String? {
        guard let brace = self.path.firstIndex(of: "{") else { return path == self.path ? "" : nil }
        let prefix = self.path[..<brace]
        guard path.hasPrefix(prefix), path.utf8.count > prefix.utf8.count else { return nil }
        let rest = Array(path.utf8.dropFirst(prefix.utf8.count))
        return rest.withUnsafeBytes { PercentEncoding.decoded($0) }
    }
}

/// A request of an administrator who is one.
struct AdminRequest {
    let connection: ServerConnection
    let state: LoopState
    /// Who it is, for the log: the name of a key, or `loopback`.
    let administrator: String
    /// What stands in the place of the endpoint's `{…}`, decoded; empty for a path without one.
    let subject: String

    /// A whole number in the query.
    ///
    /// - Throws: A 400 that names it, when it is there more than once, is no number, or out of `range`.
    func number(
        _ name: String, in range: ClosedRange<Int>, default standard: Int
    ) throws(ChatFailure) -> Int {
        let query = connection.withHead { head in
            connection.queryRange.map { String(decoding: head[$0], as: UTF8.self) } ?? ""
        }
        let values = query.split(separator: "&").filter { $0 == name || $0.hasPrefix("\(name)=") }
        guard let value = values.first else { return standard }
        guard values.count == 1, let number = Int(value.dropFirst(name.utf8.count + 1)), range.contains(number) else {
            throw ChatFailure(
                status: 400, type: "invalid_request_error", code: "invalid_value",
                message: "'\(name)' must be a whole number, \(range.lowerBound) to \(range.upperBound), once.",
                param: name)
        }
        return number
    }
}

/// What an administrator is answered.
struct AdminAnswer: Sendable {
    var status = 200
    /// JSON, or nothing.
    var body: [UInt8] = []

    static func json(status: Int = 200, _ body: [UInt8]) -> AdminAnswer { AdminAnswer(status: status, body: body) }

    /// An object that is written on no event loop: that may take milliseconds, and no call shall wait for it.
    static func written(_ members: @Sendable (inout JSONWriter) -> Void) async -> AdminAnswer {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            .json(JSONWriter.write { json in json.object(members) })
        }
    }
}
