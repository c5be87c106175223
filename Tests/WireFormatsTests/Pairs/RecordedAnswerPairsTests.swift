import Testing

@testable import WireFormats

/// Every answer that was recorded, whole or streamed, for every client.
@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedAnswerPairsTests {
    private static let asked: ChatRequest = {
        var request = ChatRequest(model: "asked", turns: [ChatTurn(.user, "Hi")])
        (request.streams, request.asksForUsage) = (true, true)
        return request
    }()

    /// A stream that breaks off or begins anew, or that isn't Claude's where only Claude's are understood.
    private static func isUnfinished(_ path: String) -> Bool {
        ["3f451161", "377b34bf", "902364b0", "6d041143", "393c9f3c"].contains(where: path.contains)
    }

    @Test(arguments: RecordedExchange.paths)
    func `a recorded answer says the same to every client`(path: String) throws {
        let exchange = try RecordedExchange(path)
        guard let answer = exchange.answer, exchange.status < 400, exchange.format.upstreamChat != nil else { return }
        guard try answer.object["error"] == nil else { return }
        try check(exchange.format.readAnswer(answer).events, for: path)
    }

    @Test(arguments: RecordedExchange.paths)
    func `a recorded stream says the same to every client`(path: String) throws {
        let exchange = try RecordedExchange(path)
        guard exchange.format.upstreamChat != nil else { return }
        for stream in exchange.streams {
            let (events, reader) = try exchange.format.read(stream: stream)
            #expect(OpenAIExchange.disorder(in: events) == nil)
            if Self.isUnfinished(path) {
                #expect(events.last != .finish(.endTurn))
            } else if reader.isComplete {
                try check(events, for: path)
            } else {
                guard case .failure? = events.last else {
                    Issue.record("neither complete nor failed: \(events.suffix(2))")
                    continue
                }
            }
        }
    }

    @Test(arguments: RecordedExchange.paths)
    func `a recorded stream says the same, wherever its bytes are split`(path: String) throws {
        let exchange = try RecordedExchange(path)
        guard exchange.format.upstreamChat != nil else { return }
        for stream in exchange.streams {
            let expected = try exchange.format.read(stream: stream)
            func check(_ cuts: some Sequence<Int>, _ what: String) throws {
                let split = try exchange.format.read(stream: stream, splitAt: cuts)
                #expect(
                    split.events == expected.events && split.reader.isComplete == expected.reader.isComplete, "\(what)")
            }
            try check(1..<stream.count, "at every byte")
            if stream.count < 1500 {
                for cut in 1..<stream.count { try check(CollectionOfOne(cut), "at \(cut)") }
            }
            var random = SplitMix(seed: UInt64(stream.count))
            for _ in 0..<4 {
                let cuts = (0..<12).map { _ in Int.random(in: 0...stream.count, using: &random) }.sorted()
                try check(cuts, "at \(cuts)")
            }
        }
    }

    /// Whether a format's clients can be told that something was withheld.
    private static func tells(_ ending: AnswerMeaning.Ending, _ client: any WireFormat) -> Bool {
        ending != .withheld || ![.ollama, .gemini].contains(client.id)
    }

    private func check(_ events: [ChatEvent], for path: String) throws {
        // A call that nobody understands is told as a failure, or as an end.
        guard !events.contains(.finish(.malformedCall)) else { return }
        let said = AnswerMeaning(ChatResponse(folding: events))
        for client in [any WireFormat].clients {
            let whole = try client.write(
                ChatResponse(folding: events), to: Self.asked, at: client.place(streams: false))
            _ = try whole.object
            let stream = try client.write(events, to: Self.asked)
            let mistakes = try StreamGrammar.mistakes(in: stream, of: client)
            #expect(mistakes.isEmpty, "\(client.id): \(mistakes)")
            guard client.upstreamChat != nil else { continue }

            let (read, reader) = try client.read(stream: stream)
            #expect(reader.isComplete && !reader.isForeign, "\(client.id)")
            let (streamed, told) = (
                AnswerMeaning(ChatResponse(folding: read)), AnswerMeaning(try client.readAnswer(whole))
            )
            #expect(streamed.isSame(as: told), "\(client.id): \(streamed.difference(from: told))")
            #expect(
                told.text == said.text && told.thoughts == said.thoughts && told.calls == said.calls, "\(client.id)")
            if let usage = said.usage {
                #expect(told.usage?.output == usage.output && told.usage?.input == usage.input, "\(client.id)")
            }
            #expect(told.ending == said.ending || !Self.tells(said.ending, client), "\(client.id): \(told.stop)")
        }
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
