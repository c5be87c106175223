import Foundation
import Testing

/// What becomes of a call in a trace: here, at the upstream, and at a collector that reads it as OpenTelemetry does.
@Suite(.ownThread) struct TraceTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(traceID)-00f067aa0ba902b7-01"

    @Test func `a call's spans join the client's trace with what the upstream is told`() throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream(answering: Wording.completion("Hi"))
        let more = #"headers: { x-tenant: "secret-tenant" }, service_name: gw-1"#
        try withGateway(before: upstream, also: collector.settings(more)) { gateway throws in
            let answer = try gateway.chat(
                "a canary in a coal mine", more: #","max_tokens":7"#,
                headers: ["x-request-id: r1", "traceparent: \(Self.parent)", "tracestate: a=1,b=2"])
            #expect(answer.status == 200)
            let spans = try collector.spans(of: "r1")
            #expect(spans.count == 2)
            let (own, attempt) = (spans[0], spans[1])
            #expect(own["trace_id"].string == Self.traceID && own["parent_span_id"].string == "00f067aa0ba902b7")
            #expect(own["name"].string == "chat m" && own["kind"].string == "server")
            #expect(own["trace_state"].string == "a=1,b=2" && own["flags"].int == 1 && own["status"].string == "unset")
            #expect(attempt["trace_id"].string == Self.traceID && attempt["kind"].string == "client")
            let told = try upstream.call(1)
            #expect(told.all("traceparent") == ["00-\(Self.traceID)-\(attempt["span_id"].string ?? "")-01"])
            #expect(told["tracestate"] == "a=1,b=2")
            #expect(try gateway.logLine(of: "r1")["trace_id"].string == Self.traceID)

            let fields = own["attributes"]
            #expect(fields["gen_ai.operation.name"].string == "chat" && fields["gen_ai.request.model"].string == "m")
            #expect(fields["gen_ai.provider.name"].string == "up" && fields["gen_ai.request.max_tokens"].int == 7)
            #expect(fields["gen_ai.usage.input_tokens"].int ?? 0 > 0 && fields["gen_ai.response.model"].string != nil)
            #expect(fields["http.response.status_code"].int == 200 && fields["llm_gateway.outcome"].string == "ok")
            #expect(fields["llm_gateway.api_format"].string == "openai-chat")
            #expect(attempt["attributes"]["server.address"].string == "127.0.0.1")
            #expect(attempt["attributes"]["server.port"].int == upstream.port)
            #expect(attempt["attributes"]["llm_gateway.attempt.cause"].string == "first")
            let times = [own["start"], attempt["start"], attempt["end"], own["end"]].compactMap(\.double)
            #expect(times == times.sorted() && times.count == 4)
            #expect(abs((times.last ?? 0) - Date().timeIntervalSince1970) < 30)

            let export = try #require(collector.exports.first)
            #expect(export["path"].string == "/v1/traces" && export["is_whole"].bool == true)
            #expect(export["headers"]["content-encoding"].string == "gzip")
            #expect(export["headers"]["content-type"].string == "application/x-protobuf")
            #expect(export["headers"]["x-tenant"].string == "secret-tenant")
            #expect(export["resource"]["service.name"].string == "gw-1")
            #expect(export["resource"]["service.instance.id"].string != nil)
            let all = collector.exports.map(\.description).joined()
            #expect(!all.contains("canary"), "no content is ever traced")
            #expect(!gateway.program.standardOutput.contains("secret-tenant"))
        }
    }

    @Test(arguments: ["", "00-\(traceID)-0000000000000000-01", "ff-\(traceID)-00f067aa0ba902b7-01", "nonsense"])
    func `without a trace that can be read the call begins one`(traceparent: String) throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream(answering: Wording.completion("Hi"))
        try withGateway(before: upstream, also: collector.settings()) { gateway throws in
            _ = try gateway.chat(headers: ["x-request-id: r1", "traceparent: \(traceparent)", "tracestate: a=1"])
            let spans = try collector.spans(of: "r1")
            let traceID = try #require(spans[0]["trace_id"].string)
            #expect(traceID != Self.traceID && spans[0]["parent_span_id"].string == "")
            #expect(try gateway.logLine(of: "r1")["trace_id"].string == traceID)
            let told = try upstream.call(1)
            #expect(told.all("traceparent") == ["00-\(traceID)-\(spans[1]["span_id"].string ?? "")-01"])
            #expect(told["tracestate"] == nil)
        }
    }

    @Test func `where nothing is traced the client's own context passes through`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion("Hi"))
        try withGateway(before: upstream) { gateway throws in
            _ = try gateway.chat(
                headers: ["x-request-id: r1", "traceparent: \(Self.parent)", "tracestate: a=1"])
            let told = try upstream.call(1)
            #expect(told.all("traceparent") == [Self.parent] && told["tracestate"] == "a=1")
            #expect(try gateway.logLine(of: "r1")["trace_id"].string == Self.traceID)
            _ = try gateway.chat()
            #expect(try upstream.call(2)["traceparent"] == nil)
        }
    }

    @Test func `each attempt has a span that says why it was made and what it came to`() throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream { call in
            if call.request.json["model"].string == "bad" {
                try call.answer(#"{"error":{"message":"no"}}"#, status: "503 Sorry")
            } else {
                try call.answer(Wording.completion("in the end"))
            }
        }
        let models = """
            models:
              a: { targets: [{ provider: up, model: bad }], fallbacks: [b] }
              b: { targets: [{ provider: up, model: good }] }
            """
        try withGateway(
            before: upstream, provider: "retry: { max_attempts: 2, base_delay: 1ms }",
            also: collector.settings() + "\n" + models
        ) { gateway throws in
            #expect(try gateway.chat(model: "a", headers: ["x-request-id: r1"]).status == 200)
            let spans = try collector.spans(of: "r1")
            #expect(spans[0]["status"].string == "unset" && spans[0]["attributes"]["llm_gateway.attempts"].int == 3)
            let attempts = spans.dropFirst().map { $0["attributes"] }
            #expect(attempts.map { $0["llm_gateway.attempt.cause"].string } == ["first", "retry", "fallback"])
            #expect(attempts.map { $0["llm_gateway.attempt.reason"].string } == [nil, "503", "error"])
            #expect(attempts.map { $0["llm_gateway.attempt.result"].string } == ["503", "503", "200"])
            #expect(attempts.map { $0["error.type"].string } == ["503", "503", nil])
            #expect(attempts.map { $0["gen_ai.request.model"].string } == ["bad", "bad", "good"])
            #expect(spans.dropFirst().map { $0["status"].string } == ["error", "error", "unset"])
            #expect(attempts.map { $0["gen_ai.usage.input_tokens"].isNull } == [true, true, false])
            let told = upstream.calls.compactMap { $0["traceparent"]?.split(separator: "-").dropFirst(2).first }
            #expect(told.map(String.init) == spans.dropFirst().compactMap { $0["span_id"].string })
        }
    }

    @Test func `of a race both attempts have a span, and the slower one is no error`() throws {
        let collector = try TraceCollector()
        let slow = try ScriptedUpstream { call in
            _ = call.wire.timeUntilClosed(within: .seconds(8))
            call.close()
        }
        let quick = try ScriptedUpstream(answering: Wording.completion("quick"))
        defer {
            slow.stop()
            quick.stop()
        }
        let configuration = """
            providers:
              slow: { type: openai-compatible, base_url: "http://127.0.0.1:\(slow.port)/v1" }
              quick: { type: openai-compatible, base_url: "http://127.0.0.1:\(quick.port)/v1" }
            models:
              m: { hedge_after: 200ms, targets: [{ provider: slow, model: a }, { provider: quick, model: b }] }
            \(collector.settings())
            """
        try withGateway(configuration) { gateway throws in
            #expect(try gateway.chat(headers: ["x-request-id: r1"]).text.contains("quick"))
            let spans = try collector.spans(of: "r1")
            let attempts = spans.dropFirst().map { $0["attributes"] }
            #expect(attempts.map { $0["llm_gateway.provider"].string } == ["slow", "quick"])
            #expect(attempts.map { $0["llm_gateway.attempt.cause"].string } == ["first", "hedge"])
            #expect(attempts.map { $0["llm_gateway.attempt.result"].string } == ["superseded", "200"])
            #expect(spans.map { $0["status"].string } == ["unset", "unset", "unset"])
            #expect(spans[0]["attributes"]["llm_gateway.provider"].string == "quick")
        }
    }

    @Test func `a stream's span says when its first piece came, and how it broke`() throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            if call.number == 1 {
                for event in [Wording.finish, Wording.usage, "[DONE]"] { try call.event(event) }
                return try call.endStream()
            }
            call.reset()
        }
        try withGateway(before: upstream, also: collector.settings()) { gateway throws in
            let body = chatBody(more: #","stream":true"#)
            for name in ["good", "broken"] {
                _ = try? gateway.ask("POST", "/v1/chat/completions", body, headers: ["x-request-id: \(name)"])
            }
            let good = try collector.spans(of: "good")
            #expect(good[0]["attributes"]["gen_ai.request.stream"].bool == true)
            #expect(good[0]["attributes"]["gen_ai.response.time_to_first_chunk"].double ?? 0 > 0)
            #expect(good[0]["attributes"]["llm_gateway.stream_ending"].string == "completed")
            let broken = try collector.spans(of: "broken")
            #expect(broken[0]["status"].string == "error" && broken[1]["status"].string == "error")
            #expect(broken[1]["attributes"]["error.type"].string == "upstream_cut")
            #expect(broken[0]["attributes"]["http.response.status_code"].int == 200)
        }
    }

    @Test func `a target that was passed over is told with the reason`() throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream(answering: Wording.completion("Hi"))
        let configuration = """
            models:
              m: { targets: [{ provider: up, model: a }, { provider: up, model: b }] }
            model_info: { a: { context_window: 10 } }
            """
        try withGateway(before: upstream, also: collector.settings() + "\n" + configuration) { gateway throws in
            let long = String(repeating: "word ", count: 100)
            #expect(try gateway.chat(long, headers: ["x-request-id: r1"]).status == 200)
            let event = try collector.spans(of: "r1")[0]["events"][0]
            #expect(event["name"].string == "llm_gateway.passed_over")
            #expect(event["attributes"]["llm_gateway.reason"].string == "incapable")
            #expect(event["attributes"]["llm_gateway.upstream_model"].string == "a")
        }
    }

    @Test func `of calls that are not sampled those that fail or take long are kept`() throws {
        let collector = try TraceCollector()
        let upstream = try ScriptedUpstream { call in
            switch call.request.json["model"].string {
            case "bad": try call.answer(#"{"error":{"message":"no"}}"#, status: "500 No")
            case "wrong": try call.answer(#"{"error":{"message":"no"}}"#, status: "400 No")
            case "slow":
                usleep(700_000)
                try call.answer(Wording.completion("slow"))
            default: try call.answer(Wording.completion("Hi"))
            }
        }
        let settings = collector.settings("sample_ratio: 0, always_above: 500ms")
        try withGateway(before: upstream, provider: "retry: { max_attempts: 1 }", also: settings) { gateway throws in
            let unsampled = "00-\(Self.traceID)-00f067aa0ba902b7-00"
            let calls = [
                ("ok", "m", ""), ("wrong", "wrong", ""), ("no", "m", unsampled), ("bad", "bad", unsampled),
                ("slow", "slow", ""), ("yes", "m", Self.parent),
            ]
            for (name, model, context) in calls {
                _ = try gateway.chat(
                    model: model,
                    headers: ["x-request-id: \(name)"] + (context.isEmpty ? [] : ["traceparent: \(context)"]))
            }
            for name in ["bad", "slow", "yes"] { _ = try collector.spans(of: name) }
            let kept = Set(collector.spans.compactMap { $0["attributes"]["llm_gateway.request_id"].string })
            #expect(kept == ["bad", "slow", "yes"])
            #expect(upstream.calls.allSatisfy { $0["traceparent"] != nil })
            #expect(try upstream.call(3)["traceparent"]?.hasSuffix("-00") == true)
            let traced = try gateway.logLine(of: "ok")["trace_id"].string
            #expect(traced?.count == 32)

            let text = try gateway.askMetricsPort("/metrics", headers: ["accept: application/openmetrics-text"]).text
            let trace = try #require(try collector.spans(of: "slow")[0]["trace_id"].string)
            #expect(text.contains(#"# {trace_id="\#(trace)"}"#))
            #expect(!text.contains(traced ?? "-"), "nobody is led to a trace that nobody recorded")
        }
    }
}
