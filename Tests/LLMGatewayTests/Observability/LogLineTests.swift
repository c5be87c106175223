import Logging
import Testing

@testable import LLMGateway

@Suite struct LogLineTests {
    private func written(_ body: (inout LineBuffer) -> Void) -> String {
        var buffer = LineBuffer(capacity: 16)
        body(&buffer)
        return buffer.text
    }

    @Test(arguments: [
        (WallClock(seconds: 0, nanoseconds: 0), "1970-01-01T00:00:00.000Z"),
        (WallClock(seconds: -1, nanoseconds: 999_999_999), "1969-12-31T23:59:59.999Z"),
        (WallClock(seconds: 951_782_400, nanoseconds: 5_000_000), "2000-02-29T00:00:00.005Z"),
        (WallClock(seconds: 1_795_258_681, nanoseconds: 120_000_000), "2026-11-21T10:58:01.120Z"),
        (WallClock(seconds: 4_107_542_399, nanoseconds: 0), "2100-02-28T23:59:59.000Z"),
        (WallClock(seconds: 4_107_542_400, nanoseconds: 0), "2100-03-01T00:00:00.000Z"),
    ])
    func `timestamps are RFC 3339 in UTC with milliseconds`(time: WallClock, expected: String) {
        #expect(written { $0.append(timestamp: time) } == expected)
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("ü😀\u{7F}\u{2028}", "\"ü😀\u{7F}\u{2028}\""),
        ("say \"hi\"", #""say \"hi\"""#), ("a\\b", #""a\\b""#), ("12345678\n", #""12345678\n""#),
        ("\t1234567", #""\t1234567""#), ("\r\u{1}\u{1F}\0", #""\r\u0001\u001f\u0000""#),
    ])
    func `strings are escaped as JSON wants them`(text: String, expected: String) {
        #expect(written { $0.appendJSON(text) } == expected)
    }

    @Test func `a character that needs escaping is found wherever it stands`() {
        for position in 0..<24 {
            for character in ["\"", "\\", "\n", "\u{1F}"] {
                let text = String(repeating: " ", count: position) + character + String(repeating: "é", count: 9)
                #expect(written { $0.appendJSON(text) }.utf8.count > text.utf8.count + 2)
            }
        }
    }

    @Test func `numbers are written in full`() {
        #expect(written { $0.append(Int.min) } == "-9223372036854775808")
        #expect(written { $0.append(Int.max) } == "9223372036854775807")
        #expect(written { $0.append(0) } == "0")
        #expect(written { $0.append(digits: .max, atLeast: 1) } == "18446744073709551615")
        #expect(written { $0.append(digits: 10_000_000_000_000_000_000, atLeast: 1) } == "10000000000000000000")
        #expect(written { $0.append(Double.nan) } == "null")
        #expect(written { $0.append(0.00025) } == "0.00025")
        #expect(written { $0.append(nanoseconds: 1_234_567_890) } == "1234.567")
        #expect(written { $0.append(nanoseconds: -5_000) } == "-0.005")
    }

    private func lines(
        _ format: LogOutput.Format, level: Logger.Level = .info, _ body: (Logger) -> Void
    ) async throws -> [Substring] {
        try await lines(to: format, level: level) { body($0.logger("test")) }
    }

    private func lines(
        to format: LogOutput.Format, level: Logger.Level = .info, _ body: (LogOutput) -> Void
    ) async throws -> [Substring] {
        let pipe = try LogPipe()
        let sink = LogSink(descriptor: pipe.writing)
        body(LogOutput(sink, format: format, level: level))
        #expect(await sink.flush(within: .seconds(5)))
        sink.close()
        // Each line begins with a timestamp, which differs from run to run.
        return pipe.readAvailable().split(separator: "\n").map { line in
            format == .json ? line.dropFirst(#"{"ts":"2026-11-21T10:58:01.120Z","#.count) : line.dropFirst(25)
        }
    }

    @Test func `a JSON line has level, message, logger and the metadata in order`() async throws {
        struct Odd: Error, CustomStringConvertible { let description = "odd \"one\"" }
        let lines = try await lines(.json) { logger in
            var logger = logger
            logger[metadataKey: "z"] = "last"
            logger.debug("unseen")
            logger.warning(
                "look",
                metadata: [
                    "n": .stringConvertible(3), "yes": .stringConvertible(true), "list": ["a", "b"],
                    "map": ["k": "v", "j": .stringConvertible(0.5)], "level": "mine",
                ])
            logger.error("failed", error: Odd())
        }
        #expect(
            lines == [
                #""level":"warning","msg":"look","logger":"test","_level":"mine","list":["a","b"],"map":{"j":0.5,"k":"v"},"n":3,"yes":true,"z":"last"}"#,
                #""level":"error","msg":"failed","logger":"test","error":"odd \"one\"","z":"last"}"#,
            ])
    }

    @Test func `a text line is for reading`() async throws {
        let lines = try await lines(.text) { logger in
            logger.info("started", metadata: ["port": "8080", "note": "two words", "none": ""])
        }
        #expect(lines == [#"info    started logger=test none="" note="two words" port=8080"#])
    }

    @Test func `the level of the output holds for loggers that exist already`() async throws {
        let pipe = try LogPipe()
        let output = LogOutput(LogSink(descriptor: pipe.writing), format: .text)
        let logger = output.logger("a")
        var own = output.logger("b")
        own.logLevel = .error
        #expect(logger.logLevel == .info)
        output.level = .debug
        #expect(logger.logLevel == .debug)
        #expect(own.logLevel == .error)
        output.sink.close()
    }

    private var record: RequestRecord {
        var record = RequestRecord()
        record.requestID = "r1"
        record.clientIP = "10.0.0.1"
        record.method = "POST"
        record.path = "/v1/chat/completions"
        record.apiFormat = "openai-chat"
        record.model = "say \"m\""
        record.provider = "p"
        record.upstreamModel = "m"
        record.status = 200
        record.streams = true
        record.attempts = 1
        record.cache = "miss"
        record.inputTokens = 12
        record.outputTokens = 3
        record.usageSource = .provider
        record.timeToFirstToken = 1_500_000
        record.duration = 20_000_000
        record.gateway = 999
        record.bytesIn = 100
        record.bytesOut = 2000
        record.droppedParams = ["seed", "logit_bias"]
        return record
    }

    @Test func `the line of a request has every field in order, absent ones as null`() async throws {
        let lines = try await lines(to: .json) { AccessLog($0).write(record) }
        let expected: [String] = [
            #""level":"info","msg":"request","request_id":"r1","trace_id":null,"key":null,"client_ip":"10.0.0.1""#,
            #""method":"POST","path":"/v1/chat/completions","api_format":"openai-chat","model":"say \"m\"""#,
            #""provider":"p","upstream_model":"m","upstream_request_id":null,"status":200,"error_code":null"#,
            #""stream":true,"attempts":1,"cache":"miss","input_tokens":12,"output_tokens":3,"cached_tokens":null"#,
            #""usage_source":"provider","cost_usd":null,"ttft_ms":1.500,"duration_ms":20.000,"gateway_ms":0.000"#,
            #""bytes_in":100,"bytes_out":2000,"dropped_params":["seed","logit_bias"],"outcome":"ok"}"#,
        ]
        #expect(lines == [Substring(expected.joined(separator: ","))])
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.000000000001"), (12_500_000_000, "0.0125"), (3_000_000_000_000, "3"),
            (1_234_000_000_100_000, "1234.0000001"),
        ])
    func `money is written exactly, in decimals`(picodollars: Int, text: String) {
        var line = LineBuffer()
        line.append(Cost(picodollars: picodollars))
        #expect(line.text == text)
    }

    @Test func `a failure is a warning and tells the operator more`() async throws {
        var record = record
        (record.outcome, record.status, record.errorDetail) = (.providerError, 502, "connection refused")
        (record.cost, record.requestBody) = (Cost(picodollars: 12_500_000_000), "{}")
        let lines = try await lines(to: .json) { AccessLog($0).write(record) }
        #expect(lines.first?.hasPrefix(#""level":"warning""#) == true)
        #expect(lines.first?.contains(#""cost_usd":0.0125"#) == true)
        #expect(
            lines.first?.hasSuffix(
                #""outcome":"provider_error","error_detail":"connection refused","request_body":"{}"}"#) == true)
    }

    @Test func `for people the absent fields are left out`() async throws {
        let expected = [
            #"request_id=r1 client_ip=10.0.0.1 method=POST path=/v1/chat/completions api_format=openai-chat"#,
            #"model="say \"m\"" provider=p upstream_model=m status=200 stream=true attempts=1 cache=miss input_tokens=12"#,
            #"output_tokens=3 usage_source=provider ttft_ms=1.500 duration_ms=20.000 gateway_ms=0.000 bytes_in=100"#,
            #"bytes_out=2000 dropped_params=seed,logit_bias outcome=ok"#,
        ].joined(separator: " ")
        let lines = try await lines(to: .text) { AccessLog($0).write(record) }
        #expect(lines == ["info    request " + Substring(expected)])
    }

    @Test func `lines of success are limited per second, others are not`() {
        let limiter = SuccessLimiter(limit: 2)
        #expect((0..<4).map { _ in limiter.admits(at: 10) } == [true, true, false, false])
        #expect(limiter.admits(at: 11))
        #expect((0..<100).allSatisfy { _ in SuccessLimiter(limit: 0).admits(at: 1) })
    }
}
