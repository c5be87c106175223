import Foundation

@testable import WireFormats

/// What becomes of a feature in a target's format: measured, by saying a call with it and the same one without.
enum Conversion: String, Comparable {
    /// The target is told the same.
    case exact
    /// The target is told in another way, which comes close.
    case emulated
    /// The target isn't told; the loss is reported.
    case dropped
    /// The call is refused.
    case refused
    /// The target isn't told, and nobody learns of it. Never right.
    case silent

    static func < (one: Conversion, other: Conversion) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .exact: 0
        case .emulated: 1
        case .dropped: 2
        case .refused: 3
        case .silent: 4
        }
    }

    /// What becomes of a feature whose call is said to `target`.
    static func measured(_ feature: Feature, in target: any WireFormat) throws -> Conversion {
        let plain = try? target.encode(feature.plain).body
        let (body, losses): ([UInt8], [Loss])
        do { (body, losses) = try target.encode(feature.call) } catch is Untranslatable { return .refused }
        let isReported = losses.contains { feature.fields.contains($0.field) }
        let isTold = try keeps(feature, body, in: target)
        if isTold.exactly, !isReported { return .exact }
        // The same body with and without: it isn't there.
        if let plain, try isSame(body, plain) { return isReported ? .dropped : feature.mayGoUnsaid ? .exact : .silent }
        guard isTold.closely || isReported else { return .silent }
        return .emulated
    }

    /// Whether what was written says the same, or something that comes close.
    private static func keeps(
        _ feature: Feature, _ body: [UInt8], in target: any WireFormat
    ) throws -> (exactly: Bool, closely: Bool) {
        let meaning = Meaning(feature.call)
        guard target.chat != nil else {
            let strings = try Meaning.strings(of: body)
            let isThere = feature.traces.allSatisfy { body.text.contains($0) || strings.contains($0) }
            let isClose = meaning.texts.allSatisfy { $0.isEmpty || strings.contains($0) }
            return (isThere && isClose && !feature.traces.isEmpty, isClose)
        }
        let again = Meaning(try target.decode(body, at: target.place(streams: feature.call.streams)))
        // A feature's own settings may be told in another way; everything else must still be there.
        let missing = meaning.missing(in: again).subtracting(["thoughts"])
        return (meaning.isSame(as: again), missing.subtracting(feature.fields).isEmpty)
    }

    /// Whether two bodies are the same JSON.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) throws -> Bool {
        try NSDictionary(dictionary: one.object) == NSDictionary(dictionary: other.object)
    }

    /// What becomes of a feature on its way from a client through the canonical call into a target's format; nil where
    /// the client's format can't say it.
    static func measured(_ feature: Feature, from client: any WireFormat, to target: any WireFormat) throws
        -> Conversion?
    {
        guard client.upstreamChat != nil, try measured(feature, in: client) == .exact else { return nil }
        let said = try client.encode(feature.call).body
        let read = try client.decode(said, at: client.place(streams: feature.call.streams))
        let unsaid = try client.decode(
            client.encode(feature.plain).body, at: client.place(streams: feature.plain.streams))
        return try measured(feature.with(plain: unsaid, call: read), in: target)
    }
}

extension Feature {
    /// The same feature, of calls that a client has sent.
    func with(plain: ChatRequest, call: ChatRequest) -> Feature {
        Feature(name, fields, traces: traces, mayGoUnsaid: mayGoUnsaid, on: call, without: { $0 = plain }) { _ in }
    }
}
