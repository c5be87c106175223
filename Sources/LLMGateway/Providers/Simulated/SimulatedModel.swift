import WireFormats

/// A model that needs no network. To it a token is a word, so its usage is exact.
///
/// `echo` repeats the last user message, `lorem` writes as many words as it may, `error-…` fails in the way that its
/// name says, and any other name echoes.
struct SimulatedModel: Sendable {
    /// The names to list.
    static let listed = ["echo", "lorem"]

    /// What the model does.
    enum Behaviour: String, Sendable {
        case echo, lorem
        /// Refuses with a 429.
        case tooMany = "error-429"
        /// Fails with a 500.
        case fault = "error-500"
        /// Never answers.
        case timeout = "error-timeout"
        /// Breaks the connection before it answers.
        case reset = "error-reset"
        /// Breaks the connection halfway through its answer.
        case midstream = "error-midstream"
        /// Takes 10 s to its first token.
        case slow = "error-slow"
    }

    /// The name without its parameters, as the answer gives it.
    let name: String
    let behaviour: Behaviour
    /// From the call to the first event.
    let firstToken: Duration
    /// Between two tokens; zero: at once.
    let perToken: Duration
    /// Why the name's parameters can't be used.
    private let complaint: String?

    /// The model of that name.
    ///
    /// - Parameters:
    ///   - name: The upstream model's name, which may set the pace: `lorem?first_token=300ms&tokens_per_second=20`.
    ///   - firstToken: The wait for the first token, unless the name says otherwise.
    ///   - tokensPerSecond: The pace after that, unless the name says otherwise; 0: at once.
    init(name: String, firstToken: Duration = .zero, tokensPerSecond: Double = 0) {
        let halves = name.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.name = String(halves[0])
        behaviour = Behaviour(rawValue: self.name) ?? .echo

        var (firstToken, tokensPerSecond) = (behaviour == .slow ? .seconds(10) : firstToken, tokensPerSecond)
        var complaint: String?
        for parameter in halves.count > 1 ? halves[1].split(separator: "&") : [] {
            let (key, value) = Self.split(parameter)
            switch key {
            case "first_token":
                if let written = Self.duration(value) { firstToken = written } else { complaint = "'\(parameter)'" }
            case "tokens_per_second":
                if let written = Double(value), written >= 0, written.isFinite {
                    tokensPerSecond = written
                } else {
                    complaint = "'\(parameter)'"
                }
            default:
                complaint = "'\(parameter)'"
            }
        }
        self.firstToken = firstToken
        // A pace of less than one token an hour is as good as none.
        perToken = tokensPerSecond > 0 ? .seconds(min(3600, 1 / tokensPerSecond)) : .zero
        self.complaint = complaint
    }

    /// What metrics call the model: one of a few names, whatever clients ask for.
    var label: String { behaviour.rawValue }

    private static func split(_ parameter: Substring) -> (key: Substring, value: Substring) {
        guard let sign = parameter.firstIndex(of: "=") else { return (parameter, "") }
        return (parameter[..<sign], parameter[parameter.index(after: sign)...])
    }

    /// Reads `300ms`, `1.5s` or `2m`, up to a day.
    private static func duration(_ written: Substring) -> Duration? {
        let number = written.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(number), let unit = ["ms": 0.001, "s": 1, "m": 60][written[number.endIndex...]] else {
            return nil
        }
        let seconds = value * unit
        return seconds <= 86_400 ? .seconds(seconds) : nil
    }

    // MARK: Answers

    /// All that the model will say to a request, when, and how it ends.
    func plan(_ request: ChatRequest) -> SimulatedAnswer {
        do throws(ChatFailure) {
            try refuse()
            if behaviour == .timeout { return SimulatedAnswer(steps: [], ending: .neverAnswers) }
            if behaviour == .reset { return SimulatedAnswer(steps: [], ending: .brokeOff) }
            guard request.choices == 1 else {
                throw Self.invalid("n", "A simulated model gives one answer; leave 'n' out or set it to 1.")
            }
            let speech = try SimulatedSpeech(request, writesFiller: behaviour == .lorem)
            return paced(speech)
        } catch {
            return SimulatedAnswer(steps: [], ending: .fails(error))
        }
    }

    /// Puts the time before each event, and cuts the answer short where the model is to fail.
    private func paced(_ speech: SimulatedSpeech) -> SimulatedAnswer {
        var steps = [SimulatedAnswer.Step(delay: firstToken, event: .start(id: "", model: name))]
        var isFirstToken = true
        for event in speech.events {
            let isToken =
                if case .textDelta = event { true } else if case .toolArgumentsDelta = event { true } else { false }
            steps.append(SimulatedAnswer.Step(delay: isToken && !isFirstToken ? perToken : .zero, event: event))
            if isToken { isFirstToken = false }
        }
        if behaviour == .midstream {
            return SimulatedAnswer(steps: Array(steps.prefix(1 + speech.events.count / 2)), ending: .brokeOff)
        }
        steps.append(SimulatedAnswer.Step(delay: .zero, event: .usage(speech.usage)))
        steps.append(SimulatedAnswer.Step(delay: .zero, event: .finish(speech.stopReason)))
        return SimulatedAnswer(steps: steps, ending: .finished)
    }

    /// The longest vector that can be asked for.
    static let largestDimensions = 8192

    /// A vector of length 1 for each input: the same for the same input, and for different ones hardly ever alike.
    ///
    /// - Throws: ``ChatFailure`` from a model that refuses, and for too many dimensions. The models that break off or
    ///   never answer a chat embed like the others.
    func embed(_ request: EmbeddingsRequest) throws(ChatFailure) -> EmbeddingsResponse {
        try refuse()
        let dimensions = request.dimensions ?? 64
        guard 1...Self.largestDimensions ~= dimensions else {
            throw Self.invalid("dimensions", "'dimensions' must be from 1 to \(Self.largestDimensions).")
        }
        var tokens = 0
        let vectors = request.inputs.map { input in
            switch input {
            case .text(let text):
                tokens += SimulatedSpeech.words(text).count
                return Self.vector(of: text.utf8.lazy.map(UInt64.init), dimensions)
            case .tokens(let list):
                tokens += list.count
                return Self.vector(of: list.lazy.map { UInt64(bitPattern: Int64($0)) }, dimensions)
            }
        }
        return EmbeddingsResponse(model: name, vectors: vectors, usage: TokenUsage(inputUncached: tokens))
    }

    private static func vector(of symbols: some Sequence<UInt64>, _ dimensions: Int) -> [Float] {
        // FNV-1a makes the seed, SplitMix64 draws from it.
        var seed = symbols.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ $1) &* 0x0100_0000_01b3 }
        var vector = (0..<dimensions).map { _ in
            seed &+= 0x9e37_79b9_7f4a_7c15
            var drawn = (seed ^ (seed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            drawn = (drawn ^ (drawn >> 27)) &* 0x94d0_49bb_1331_11eb
            return Float(Int32(truncatingIfNeeded: drawn ^ (drawn >> 31))) / Float(Int32.max)
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 {
            vector = vector.map { $0 / length }
        } else {
            vector[0] = 1
        }
        return vector
    }

    // MARK: Failures

    /// Fails where the name asks for it or can't be read.
    private func refuse() throws(ChatFailure) {
        if let complaint {
            throw Self.invalid(
                "model",
                "A simulated model's name takes 'first_token=300ms' and 'tokens_per_second=20', not \(complaint).")
        }
        switch behaviour {
        case .tooMany:
            throw ChatFailure(
                status: 429, type: "rate_limit_error", code: "rate_limit_exceeded",
                message: "This simulated model refuses every call; try again in 1 second.", retryAfter: .seconds(1))
        case .fault:
            throw ChatFailure(
                status: 500, type: "server_error", code: "server_error",
                message: "This simulated model fails every call; choose another.")
        case .echo, .lorem, .timeout, .reset, .midstream, .slow:
            break
        }
    }

    static func invalid(_ param: String?, _ message: String) -> ChatFailure {
        ChatFailure(
            status: 400, type: "invalid_request_error", code: "invalid_value", message: message, param: param)
    }
}

/// What a ``SimulatedModel`` will say, when, and how it ends. Nothing has happened yet.
struct SimulatedAnswer: Sendable, Equatable {
    /// An event and the time that passes before it.
    struct Step: Sendable, Equatable {
        let delay: Duration
        let event: ChatEvent
    }

    /// What comes after the last step.
    enum Ending: Sendable, Equatable {
        /// Nothing: the answer is whole.
        case finished
        /// Tell the caller this, in place of an answer.
        case fails(ChatFailure)
        /// Behave as if the connection were lost.
        case brokeOff
        /// Stay silent until the caller gives up.
        case neverAnswers
    }

    /// In order. The answer's id is left empty; who relays it gives it one.
    let steps: [Step]
    let ending: Ending
}
