import Foundation
import Testing

/// Models that fail altogether: the call goes on to the models that shall stand in for them.
@Suite(.ownThread) struct FallbackTests {
    /// Answers by the model's name: `ok-…` is answered, `503`, `429` and the like are refused with that status, `long` and
    /// `policy` in OpenAI's words.
    private func upstream() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            let model = call.request.json["model"].string ?? ""
            switch model {
            case "long":
                let error = #"{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}"#
                try call.answer(#"{"error":\#(error)}"#, status: "400 Bad Request")
            case "policy":
                let error = #"{"message":"not this","type":"invalid_request_error","code":"content_policy_violation"}"#
                try call.answer(#"{"error":\#(error)}"#, status: "400 Bad Request")
            case let status where Int(status) != nil:
                try call.answer(#"{"error":{"message":"no"}}"#, status: "\(status) Sorry")
            default: try call.answer(Wording.completion("from \(model)"))
            }
        }
    }

    private func withModels(_ models: String, _ body: (GatewayProcess, ScriptedUpstream) throws -> Void) throws {
        let upstream = try upstream()
        try withGateway(
            before: upstream, provider: "retry: { max_attempts: 2, base_delay: 1ms }", also: "models:\n" + models
        ) { try body($0, upstream) }
    }

    private func entry(_ name: String, _ upstreamModel: String, _ more: String) -> String {
        #"  "\#(name)": { targets: [{ provider: up, model: "\#(upstreamModel)" }], \#(more) }"# + "\n"
    }

    @Test func `when every target has failed, the fallbacks are tried in order, each with attempts of its own`() throws
    {
        let models =
            entry("a", "503", "fallbacks: [b, c]") + entry("b", "500", "fallbacks: [a]")
            + entry("c", "ok-c", "strategy: priority")
        try withModels(models) { gateway, upstream throws in
            let answer = try gateway.chat(model: "a")
            #expect(answer.status == 200 && answer.text.contains("from ok-c"))
            #expect(upstream.calls.compactMap { $0.json["model"].string } == ["503", "503", "500", "500", "ok-c"])
            #expect(answer["x-llm-gateway-attempts"] == "5" && answer["x-llm-gateway-model"] == "ok-c")
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_fallbacks_total", ["provider": "up", "reason": "error"]) == 2)
            #expect(samples.sum("llm_gateway_retries_total") == 2)
        }
    }

    @Test func `a circle of fallbacks ends with the last failure`() throws {
        let models = entry("a", "503", "fallbacks: [b]") + entry("b", "500", "fallbacks: [a, b]")
        try withModels(models) { gateway, upstream throws in
            #expect(try gateway.chat(model: "a").status == 502)
            #expect(upstream.calls.count == 4)
        }
    }

    @Test(arguments: [("long", "context_window"), ("policy", "content_policy"), ("429", "rate_limit")])
    func `a failure leads on where the model says that it shall`(model: String, reason: String) throws {
        let models =
            entry("stays", model, "fallbacks: [other]")
            + entry("goes", model, "fallbacks: [other], fallbacks_on: [\(reason)]")
            + entry("other", "ok-other", "strategy: priority")
        try withModels(models) { gateway, _ throws in
            let status = try gateway.chat(model: "stays").status
            #expect(status == (model == "429" ? 429 : 400))
            #expect(try gateway.chat(model: "goes").text.contains("from ok-other"))
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_fallbacks_total", ["provider": "up", "reason": reason]) == 1)
        }
    }

    @Test func `a call too long for every target's window goes on to a model that can take it`() throws {
        let models =
            entry("small", "tiny", "fallbacks: [large], fallbacks_on: [context_window]")
            + entry("large", "ok-large", "strategy: priority") + "model_info: { tiny: { context_window: 100 } }\n"
        try withModels(models) { gateway, upstream throws in
            let answer = try gateway.chat(String(repeating: "word ", count: 500), model: "small")
            #expect(answer.text.contains("from ok-large"))
            #expect(upstream.calls.count == 1 && answer["x-llm-gateway-attempts"] == "1")
        }
    }

    @Test func `an error about the request leads nowhere`() throws {
        let models = entry(
            "a", "422", "fallbacks: [b], fallbacks_on: [error, context_window, content_policy, rate_limit]")
        try withModels(models + entry("b", "ok-b", "strategy: priority")) { gateway, upstream throws in
            #expect(try gateway.chat(model: "a").status == 422)
            #expect(upstream.calls.count == 1)
        }
    }

    // MARK: Which target comes first

    @Test func `by price the cheapest target that is known comes first`() throws {
        let models = """
              m:
                strategy: cheapest
                targets: [{ provider: up, model: ok-dear }, { provider: up, model: ok-unknown }, { provider: up, model: ok-cheap }]
            model_info:
              ok-dear: { usd_per_million: { input: 10, output: 30 } }
              ok-cheap: { usd_per_million: { input: 1, output: 3 } }

            """
        try withModels(models) { gateway, _ throws in
            for _ in 0..<5 { #expect(try gateway.chat(model: "m")["x-llm-gateway-model"] == "ok-cheap") }
        }
    }

    @Test func `by load a target with calls under way is spared`() throws {
        let upstream = try ScriptedUpstream { call in
            if call.request.text.contains("stay") { _ = call.wire.timeUntilClosed(within: .seconds(10)) }
            try call.answer(Wording.completion())
        }
        let models = """
            models:
              m: { strategy: least_busy, targets: [{ provider: up, model: a }, { provider: up, model: b }] }
            """
        try withGateway(before: upstream, also: models) { gateway throws in
            let busy = try gateway.connect()
            try busy.send(request("POST", "/v1/chat/completions", chatBody("stay", model: "m")))
            let taken = try upstream.call(1).json["model"].string
            for _ in 0..<10 {
                #expect(try gateway.chat(model: "m")["x-llm-gateway-model"] != taken)
            }
        }
    }

    @Test(.undisturbed) func `by latency a target that answers late is asked seldom`() throws {
        let upstream = try ScriptedUpstream { call in
            // What the test is about: one target is slower than the other.
            if call.request.json["model"].string == "late" { usleep(150_000) }
            try call.answer(Wording.completion())
        }
        let models = """
            models:
              m: { strategy: least_latency, targets: [{ provider: up, model: late }, { provider: up, model: early }] }
            """
        try withGateway(before: upstream, also: models) { gateway throws in
            for _ in 0..<30 { #expect(try gateway.chat(model: "m").status == 200) }
            #expect(upstream.calls.count { $0.json["model"].string == "late" } <= 5)
        }
    }

    @Test func `a conversation stays where it was served, as long as that is well`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(Wording.completion())
        }
        let models = """
            models:
              s: { strategy: weighted, affinity: session, targets: [{ provider: up, model: a }, { provider: up, model: b }] }
              p: { strategy: weighted, affinity: prefix, targets: [{ provider: up, model: a }, { provider: up, model: b }] }
            """
        try withGateway(before: upstream, also: models) { gateway throws in
            var places: Set<String> = []
            for session in 0..<12 {
                let header = ["x-llm-gateway-session: conversation-\(session)"]
                let first = try gateway.chat(model: "s", headers: header)["x-llm-gateway-model"] ?? ""
                places.insert(first)
                for _ in 0..<3 {
                    #expect(try gateway.chat(model: "s", headers: header)["x-llm-gateway-model"] == first)
                }
            }
            #expect(places == ["a", "b"])
            let prefixed = try gateway.chat("Who are you?", model: "p")["x-llm-gateway-model"]
            for _ in 0..<8 { #expect(try gateway.chat("Who are you?", model: "p")["x-llm-gateway-model"] == prefixed) }
        }
    }
}
