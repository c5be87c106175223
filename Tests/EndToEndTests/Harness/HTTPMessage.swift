import Foundation

/// A request or an answer as it came over the wire.
struct HTTPMessage: Sendable {
    /// `POST /v1/models HTTP/1.1`, or `HTTP/1.1 200 OK`.
    let startLine: String
    /// Names in lower case, in the order of arrival.
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: String) {
        var lines = head.components(separatedBy: "\r\n")[...]
        startLine = lines.popFirst() ?? ""
        fields = lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Of an answer; 0 when the first line is none.
    var status: Int { startLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
    /// Of a request.
    var method: String { startLine.split(separator: " ").first.map(String.init) ?? "" }
    /// Of a request, with its query.
    var path: String { startLine.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { JSON(body) }

    /// Whether the other side will close the connection after this.
    var closes: Bool { all("connection").contains { $0.lowercased().contains("close") } }

    /// How the body's end is known.
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        case untilClosed
    }

    func framing(isAnswer: Bool, toHead: Bool = false) -> Framing {
        if isAnswer, toHead || status == 204 || status == 304 || (100..<200).contains(status) { return .none }
        if self["transfer-encoding"]?.lowercased() == "chunked" { return .chunked }
        if let length = self["content-length"].flatMap({ Int($0) }) { return length == 0 ? .none : .length(length) }
        return isAnswer ? .untilClosed : .none
    }
}

extension Wire {
    func takeHead(within limit: Duration = .seconds(10)) throws -> HTTPMessage {
        HTTPMessage(head: try take(through: "\r\n\r\n", within: limit))
    }

    /// Takes one whole request.
    func takeRequest(within limit: Duration = .seconds(20)) throws -> HTTPMessage {
        try takeBody(of: takeHead(within: limit), isAnswer: false, toHead: false, within: limit)
    }

    /// Takes one whole answer.
    func takeAnswer(toHead: Bool = false, within limit: Duration = .seconds(10)) throws -> HTTPMessage {
        try takeBody(of: takeHead(within: limit), isAnswer: true, toHead: toHead, within: limit)
    }

    private func takeBody(
        of head: HTTPMessage, isAnswer: Bool, toHead: Bool, within limit: Duration
    ) throws -> HTTPMessage {
        var message = head
        switch head.framing(isAnswer: isAnswer, toHead: toHead) {
        case .none: break
        case .length(let count): message.body = try take(count, within: limit)
        case .untilClosed: message.body = try takeAll(within: limit)
        case .chunked: while let chunk = try takeChunk(within: limit) { message.body += chunk }
        }
        return message
    }

    /// Takes one chunk of a chunked body; nil for the last, empty one.
    func takeChunk(within limit: Duration = .seconds(10)) throws -> [UInt8]? {
        let line = try take(through: "\r\n", within: limit).dropLast()
        guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else {
            throw Failure.cutOff(after: "chunk size '\(line)'")
        }
        let chunk = try take(size, within: limit)
        guard try take(2, within: limit) == Array("\r\n".utf8) else { throw Failure.cutOff(after: "a chunk") }
        return size == 0 ? nil : chunk
    }

    /// Takes the next server-sent event of a chunked answer, without its empty line; nil at the answer's clean end.
    /// `rest` carries what came after it.
    func takeEvent(_ rest: inout [UInt8], within limit: Duration = .seconds(10)) throws -> String? {
        while true {
            if let end = rest.firstRange(of: Array("\n\n".utf8)) {
                defer { rest.removeFirst(end + 2) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            guard let chunk = try takeChunk(within: limit) else {
                guard rest.isEmpty else { throw Failure.cutOff(after: String(decoding: rest, as: UTF8.self)) }
                return nil
            }
            rest += chunk
        }
    }
}

/// A JSON value that is looked into without ceremony: what is not there is null.
struct JSON: CustomStringConvertible {
    let value: Any?

    init(_ bytes: [UInt8]) {
        value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    init(_ text: String) { self.init(Array(text.utf8)) }

    init(value: Any?) { self.value = value is NSNull ? nil : value }

    subscript(key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
    subscript(index: Int) -> JSON {
        guard let list = value as? [Any], list.indices.contains(index) else { return JSON(value: nil) }
        return JSON(value: list[index])
    }

    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var double: Double? { (value as? NSNumber)?.doubleValue }
    var bool: Bool? { value as? Bool }
    var list: [JSON]? { (value as? [Any])?.map { JSON(value: $0) } }
    var keys: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
    var isNull: Bool { value == nil }
    var description: String { value.map { "\($0)" } ?? "null" }
}
