import Foundation

@testable import WireFormats

/// What a call means, whatever the order and the wrapping in which a format says it: two calls can be compared by it, and
/// where they differ is named as losses name it.
struct Meaning {
    /// Everything that is said and by whom, without what joins it.
    private var script: [String] = []
    /// What is said in some order: texts, calls of tools; of each call its result; what is shown.
    private var said: [String] = []
    /// Of what is said, the texts that are no documents.
    private var told: [String] = []
    private var results: [Int: String] = [:]
    private var shown: [String] = []
    private var system: [String] = []
    /// Arguments that are no objects.
    private var broken: [String] = []
    private var thoughts: [String] = []
    /// Everything else, by the name that its loss has.
    private(set) var settings: [String: String] = [:]

    /// By id, the numbers of the calls that wait for a result.
    private var open: [String: [Int]] = [:]
    private var calls = 0

    init(_ request: ChatRequest) {
        var turns = request.turns[...]
        var instructions = request.instructions
        while let first = turns.first, first.speaker == .system {
            instructions += first.parts
            turns.removeFirst()
        }
        if turns.isEmpty { (turns, instructions) = ([ChatTurn(.user, instructions)], []) }
        system = instructions.compactMap { part in
            if case .text(let text) = part.content { Self.plain(text) } else { nil }
        }
        system.removeAll(where: \.isEmpty)
        for turn in turns {
            for part in turn.parts {
                let count = said.count
                add(part)
                let more = said[count...].joined()
                if script.last?.hasPrefix(turn.speaker.rawValue) == true {
                    script[script.count - 1] += more
                } else if !more.isEmpty {
                    script.append("\(turn.speaker.rawValue): \(more)")
                }
            }
        }
        readSettings(of: request)
        readHints(of: request)
    }

    private mutating func add(_ part: ChatPart) {
        switch part.content {
        case .text(let text), .refusal(let text):
            say(text)
            told.append(Self.plain(text))
        case .image(let media), .document(let media), .audio(let media): show(media)
        case .toolCall(let call):
            open[call.id, default: []].append(calls)
            let isObject = call.argumentsObject == Array(call.arguments.utf8) || call.arguments.isEmpty
            broken += isObject ? [] : [call.arguments]
            say("call \(calls) of \(call.name): \(String(decoding: call.argumentsObject, as: UTF8.self))")
            calls += 1
        case .toolResult(let result):
            let text = (result.isError ? "Error:" : "") + result.text
            if let number = open[result.callID]?.first {
                open[result.callID]?.removeFirst()
                results[number] = Self.plain(text)
            } else {
                say(text)
            }
            for part in result.parts {
                switch part.content {
                case .text: break
                default: add(part)
                }
            }
        case .reasoning, .hiddenReasoning, .foreign: break
        }
        if let state = part.state { thoughts.append("\(state.origin) \(state.value)") }
    }

    private mutating func say(_ text: String) {
        let text = Self.plain(text)
        if !text.isEmpty { said.append(text) }
    }

    /// A document that is text is as good as one.
    private mutating func show(_ media: Media) {
        switch media.source {
        case .text(let text): say(text)
        case .base64(let bytes):
            if media.mediaType?.hasPrefix("text/") == true, let decoded = bytes.withBytes({ Base64.decode($0) }) {
                say(decoded.text)
            } else {
                shown.append(bytes)
            }
        case .url(let place), .file(let place): shown.append(place)
        }
    }

    /// Formats join texts in their own way: only what isn't blank counts here.
    private static func plain(_ text: String) -> String {
        String(text.unicodeScalars.filter { !$0.properties.isWhitespace }.map(Character.init))
    }

    // MARK: Settings

    private mutating func readSettings(of request: ChatRequest) {
        let sampling = request.sampling
        func set(_ name: String, _ value: (some Any)?) { if let value { settings[name] = "\(value)" } }
        set("max_tokens", request.maxOutputTokens)
        set("temperature", sampling.temperature)
        set("top_p", sampling.topP.flatMap { $0 == 1 ? nil : $0 })
        set("top_k", sampling.topK)
        set("min_p", sampling.minP)
        set("frequency_penalty", sampling.frequencyPenalty.flatMap { $0 == 0 ? nil : $0 })
        set("presence_penalty", sampling.presencePenalty.flatMap { $0 == 0 ? nil : $0 })
        set("seed", sampling.seed)
        set("logit_bias", sampling.logitBias.map(Self.canonical))
        set("verbosity", request.verbosity)
        set("user", request.endUser)
        set("n", request.choices > 1 ? request.choices : nil)
        set("logprobs", request.logProbabilities)
        set("stream", request.streams ? true : nil)
        set("stop", request.stop.isEmpty ? nil : request.stop)
        set("reasoning", request.reasoning.flatMap(Self.level))
        switch request.answerForm {
        case .text: break
        case .jsonObject: settings["response_format"] = "object"
        case .schema(let form): settings["response_format"] = Self.canonical(form.schema, isClosed: true)
        }
        readTools(of: request)
    }

    private mutating func readTools(of request: ChatRequest) {
        var (tools, choice) = (request.tools, request.toolChoice)
        // Whether what mustn't be called is told or not is no matter.
        if case .allowed(let names, let isRequired) = choice {
            tools.removeAll { !names.contains($0.name) }
            choice = isRequired ? .required : .auto
        }
        guard !tools.isEmpty, choice != ToolChoice.none else { return }
        settings["tools"] = tools.map {
            "\($0.name) \($0.description ?? "") \(Self.canonical($0.schemaOrEmpty))"
        }.joined(separator: "\n")
        if tools.contains(where: { $0.isStrict == true }) { settings["strict"] = "true" }
        if request.allowsParallelCalls == false { settings["parallel_tool_calls"] = "false" }
        if let choice, choice != .auto { settings["tool_choice"] = "\(choice)" }
    }

    private mutating func readHints(of request: ChatRequest) {
        let parts = request.instructions + request.turns.flatMap(\.parts)
        let hints =
            [request.cacheHint] + request.tools.map(\.cacheHint)
            + parts.flatMap { part in
                if case .toolResult(let result) = part.content {
                    [part.cacheHint ?? result.parts.lazy.compactMap(\.cacheHint).first]
                } else {
                    [part.cacheHint]
                }
            }
        let marks = hints.compactMap { $0 }.map { $0.lifetime ?? "-" }
        if !marks.isEmpty { settings["cache_control"] = marks.joined(separator: " ") }
        let details = parts.compactMap { part in
            if case .image(let image) = part.content, image.detail != "auto" { image.detail } else { nil }
        }
        if !details.isEmpty { settings["image_detail"] = details.joined(separator: " ") }
    }

    /// How much thinking is wished for, as far as all formats can tell it; nil for what is left to the model.
    private static func level(_ wish: ReasoningWish) -> String? {
        switch wish.effortWord {
        case "minimal": "low"
        case "xhigh", "max": "high"
        case let word: word
        }
    }

    /// JSON whatever its layout and its keys' order.
    ///
    /// - Parameter isClosed: Whether objects have no further members anyway, so that saying so is no matter.
    private static func canonical(_ json: [UInt8], isClosed: Bool = false) -> String {
        func open(_ value: Any) -> Any {
            if let list = value as? [Any] { return list.map(open) }
            guard let object = value as? [String: Any] else { return value }
            return object.filter { $0.key != "additionalProperties" || $0.value as? Bool != false }.mapValues(open)
        }
        guard let value = try? JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed),
            let data = try? JSONSerialization.data(
                withJSONObject: isClosed ? open(value) : value, options: [.sortedKeys, .fragmentsAllowed])
        else { return json.text }
        return String(decoding: data, as: UTF8.self)
    }

    private static func canonical(_ json: [UInt8]) -> String { canonical(json, isClosed: false) }

    // MARK: Comparison

    /// What is said, as far as a body that nobody here can read back must show it.
    var texts: [String] {
        // That a tool has failed shows in a flag, or in front of the text.
        system + told + results.values.map { $0.hasPrefix("Error:") ? String($0.dropFirst(6)) : $0 }
    }

    /// All strings of a JSON body, one after the other, without their blanks.
    static func strings(of body: [UInt8]) throws -> String {
        func strings(_ value: Any) -> [String] {
            switch value {
            case let text as String: [plain(text)]
            case let list as [Any]: list.flatMap(strings)
            case let object as [String: Any]: object.values.flatMap(strings)
            default: []
            }
        }
        return strings(try body.object).joined(separator: "\n")
    }

    /// What `other` lacks of this, or says in another way: the names that losses would have. What it says besides is no
    /// matter.
    func missing(in other: Meaning) -> Set<String> {
        var missing: Set<String> = []
        if !Self.holds(other.said, said) || !Self.holds(other.shown, shown) { missing.insert("messages") }
        if results.contains(where: { !Self.holds([other.results[$0.key] ?? ""], [$0.value]) }) {
            missing.insert("messages")
        }
        if !Self.holds(other.system + other.said, system) { missing.insert("system") }
        if !Self.holds(other.thoughts, thoughts) { missing.insert("thoughts") }
        for (name, value) in settings where other.settings[name] != value { missing.insert(name) }
        return missing
    }

    /// Whether `other` means the same, no more and no less.
    func isSame(as other: Meaning) -> Bool {
        script == other.script && broken == other.broken && results == other.results && shown == other.shown
            && system.joined() == other.system.joined() && thoughts == other.thoughts && settings == other.settings
    }

    /// Whether all of `pieces` are found in `whole`, one behind the other.
    private static func holds(_ whole: [String], _ pieces: [String]) -> Bool {
        var rest = Array(whole.joined(separator: "\n").utf8)[...]
        for piece in pieces where !piece.isEmpty {
            guard let found = rest.firstRange(of: Array(piece.utf8)) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
