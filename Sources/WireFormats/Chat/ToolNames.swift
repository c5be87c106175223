/// What a format's servers take as the name of a tool.
public struct ToolNameRule: Sendable {
    /// The most bytes that a name may have.
    private let longest: Int
    /// What is allowed beside letters and digits.
    private let signs: StaticString
    /// Whether a name must begin with a letter or `_`.
    private let beginsWithLetter: Bool

    /// Of up to 64 letters, digits, `_` and `-`, as most have it.
    public static let usual = ToolNameRule(longest: 64, signs: "_-", beginsWithLetter: false)
    /// Google's.
    static let google = ToolNameRule(longest: 64, signs: "_-.:", beginsWithLetter: true)

    func allows(_ name: String) -> Bool {
        guard (1...longest).contains(name.utf8.count), name.utf8.allSatisfy(allows) else { return false }
        return !beginsWithLetter || name.utf8.first.map(Self.mayBegin) ?? false
    }

    private func allows(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || signs.withUTF8Buffer { $0.contains(byte) }
    }

    private static func mayBegin(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte.isASCIILetterOrDigit && !(0x30...0x39).contains(byte)
    }

    /// What stands for a name that isn't allowed: as much of it as can be read, and its hash, which is the same in every
    /// request of a dialogue, so that what the provider has cached is found again.
    ///
    /// - Parameter attempt: Another one gives another name.
    func standIn(for name: String, attempt: Int) -> String {
        let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 &+ UInt64(attempt)) {
            // FNV-1a.
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let end = "_" + String(hash, radix: 36)
        var letters: [UInt8] = []
        for scalar in name.unicodeScalars.prefix(longest) {
            letters.append(scalar.isASCII && allows(UInt8(scalar.value)) ? UInt8(scalar.value) : UInt8(ascii: "_"))
        }
        if beginsWithLetter, let first = letters.first, !Self.mayBegin(first) {
            letters.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: letters.prefix(longest - end.utf8.count), as: UTF8.self) + end
    }
}

/// What a call's tools are called at a target that doesn't take all of the client's names, and the way back.
///
/// It follows from the call alone, so whoever reads the answer finds what the writer of the call has found. A name that the
/// target takes stays as it is, and no two names become one.
struct ToolNames {
    /// By the client's names, those for the target; only names that differ.
    private var sent: [String: String] = [:]
    private var given: [String: String] = [:]

    /// Whether all names stay as they are.
    var isEmpty: Bool { sent.isEmpty }

    init(_ request: ChatRequest, fitting rule: ToolNameRule) {
        var unfit: Set<String> = []
        request.forEachToolName { name in if !rule.allows(name) { unfit.insert(name) } }
        guard !unfit.isEmpty else { return }

        var taken: Set<String> = []
        request.forEachToolName { name in if !unfit.contains(name) { taken.insert(name) } }
        for name in unfit.sorted() {
            var attempt = 0
            var standIn = rule.standIn(for: name, attempt: attempt)
            while !taken.insert(standIn).inserted {
                attempt += 1
                standIn = rule.standIn(for: name, attempt: attempt)
            }
            (sent[name], given[standIn]) = (standIn, name)
        }
    }

    /// The target's name for a tool.
    func sent(_ name: String) -> String { sent[name] ?? name }

    /// The client's name for a tool; what the model has made up stays as it is.
    private func given(_ name: String) -> String { given[name] ?? name }

    /// Gives the calls of tools in an answer the client's names back.
    func restore(_ parts: inout [ChatPart]) {
        for place in parts.indices {
            guard case .toolCall(var call) = parts[place].content else { continue }
            call.name = given(call.name)
            parts[place].content = .toolCall(call)
        }
    }

    /// Does so with the events from `start` on.
    func restore(_ events: inout [ChatEvent], from start: Int) {
        for place in events.indices[start...] {
            guard case .toolStart(let index, let id, let name, let state) = events[place] else { continue }
            events[place] = .toolStart(index: index, id: id, name: given(name), state: state)
        }
    }
}

extension ChatRequest {
    fileprivate func forEachToolName(_ body: (String) -> Void) {
        for tool in tools { body(tool.name) }
        switch toolChoice {
        case .named(let name): body(name)
        case .allowed(let names, _): names.forEach(body)
        case nil, .auto, .some(.none), .required: break
        }
        for turn in turns {
            for part in turn.parts {
                switch part.content {
                case .toolCall(let call): body(call.name)
                case .toolResult(let result): if let name = result.name { body(name) }
                default: break
                }
            }
        }
    }

    /// The same call, its tools under their names for the target.
    fileprivate func naming(toolsBy names: ToolNames) -> ChatRequest {
        var request = self
        for place in tools.indices { request.tools[place].name = names.sent(tools[place].name) }
        switch toolChoice {
        case .named(let name): request.toolChoice = .named(names.sent(name))
        case .allowed(let allowed, let isRequired):
            request.toolChoice = .allowed(allowed.map(names.sent), isRequired: isRequired)
        case nil, .auto, .some(.none), .required: break
        }
        for turn in turns.indices {
            for place in turns[turn].parts.indices {
                switch turns[turn].parts[place].content {
                case .toolCall(var call):
                    call.name = names.sent(call.name)
                    request.turns[turn].parts[place].content = .toolCall(call)
                case .toolResult(var result):
                    result.name = result.name.map(names.sent)
                    request.turns[turn].parts[place].content = .toolResult(result)
                default: break
                }
            }
        }
        return request
    }
}

extension UpstreamChatCodec {
    /// The call with its tools as the format's servers take them: what ``encode(_:for:into:)`` begins with.
    ///
    /// - Throws: ``Untranslatable`` for custom tools, where the format has none.
    func fitted(_ request: ChatRequest) throws(Untranslatable) -> ChatRequest {
        if !takesCustomTools, request.tools.contains(where: \.isCustom) {
            throw Untranslatable(
                "tools",
                "Custom tools, which take text instead of arguments, can't be said to this model's provider; "
                    + "offer a function with one parameter of text in their place.")
        }
        guard let names = names(of: request) else { return request }
        return request.naming(toolsBy: names)
    }

    /// nil where all names stay as they are.
    private func names(of request: ChatRequest) -> ToolNames? {
        guard let toolNames else { return nil }
        let names = ToolNames(request, fitting: toolNames)
        return names.isEmpty ? nil : names
    }

    /// Reads a whole answer to a call, in which tools have the names that the call gave them.
    ///
    /// - Throws: ``MalformedBody`` as ``decode(answer:)`` does.
    public func decode(answer: JSONNode, to request: ChatRequest) throws(MalformedBody) -> ChatResponse {
        var response = try decode(answer: answer)
        names(of: request)?.restore(&response.parts)
        return response
    }

    /// Reads one streamed answer to a call, in which tools have the names that the call gave them.
    public func makeStreamReader(to request: ChatRequest) -> any ChatStreamReader {
        guard let names = names(of: request) else { return makeStreamReader() }
        return ToolNamingStreamReader(makeStreamReader(), names)
    }
}

/// Reads a stream in which tools have other names than the client's.
private final class ToolNamingStreamReader: ChatStreamReader {
    private let reader: any ChatStreamReader
    private let names: ToolNames

    init(_ reader: any ChatStreamReader, _ names: ToolNames) { (self.reader, self.names) = (reader, names) }

    var isComplete: Bool { reader.isComplete }
    var isForeign: Bool { reader.isForeign }

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        let start = events.count
        reader.read(piece, using: tape, into: &events)
        names.restore(&events, from: start)
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        let start = events.count
        reader.finish(using: tape, into: &events)
        names.restore(&events, from: start)
    }
}

extension UInt8 {
    /// Whether it is one of ASCII's letters or digits.
    var isASCIILetterOrDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x7a).contains(self | 0x20) }
}
