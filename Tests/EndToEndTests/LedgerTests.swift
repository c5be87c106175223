import Dispatch
import Foundation
import Synchronization
import Testing

/// Who used what, over ends that nobody planned.
@Suite(.ownThread) struct LedgerTests {
    private static let keys = "keys: [{ name: team, key: sk-team, admin: true }]"
    private static let configuration = "providers: { simulated: {} }\n\(keys)"
    private static let bearer = "authorization: Bearer sk-team"

    private func use(_ gateway: GatewayProcess, of name: String = "team") throws -> JSON {
        let list = try gateway.ask("GET", "/admin/keys", headers: [Self.bearer]).json["keys"]
        return try #require(list.list?.first { $0["name"].string == name })["usage"]
    }

    @Test(.undisturbed)
    func `a kill in the middle of writing loses the last second at most, and spoils nothing`() throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/store.sqlite"
        let store = ["LLM_GATEWAY_STORE_PATH": path]
        var (answered, surelyWritten) = (0, 0)
        for round in 0..<3 {
            let gateway = try GatewayProcess(Self.configuration, environment: store)
            defer { gateway.program.signal(SIGKILL) }
            // The store is there from then on.
            _ = try use(gateway)
            let wire = try gateway.connect()
            defer { wire.close() }
            var times: [ContinuousClock.Instant] = []
            let end = ContinuousClock.now + .milliseconds(3000 + 300 * round)
            while ContinuousClock.now < end {
                try wire.send(
                    request(
                        "POST", "/v1/chat/completions", chatBody("a", model: "echo"),
                        headers: [Self.bearer, "x-llm-gateway-tags: round=\(round)"]))
                try #require(try wire.takeAnswer().status == 200)
                times.append(.now)
            }
            gateway.program.signal(SIGKILL)
            _ = try gateway.program.waitForExit()
            answered += times.count
            // A second until it is written, and most of another one for a machine that is busy with other tests.
            surelyWritten += times.count { $0 < end - .milliseconds(1800) }
            let found = try PythonScript.run("check_store.py", [path])
            #expect(found["integrity"].string == "ok")
            let requests = try #require(found["requests"].int)
            #expect(requests >= surelyWritten && requests <= answered, "\(surelyWritten) ≤ \(requests) ≤ \(answered)")
            #expect(found["by_key"].int == requests && found["tokens"].int == 2 * requests)
            // What was lost stays lost: from here on it is counted anew.
            (answered, surelyWritten) = (requests, requests)
        }
        try withGateway(Self.configuration, environment: store) { gateway throws in
            #expect(try use(gateway)["requests"].int == answered)
        }
    }

    @Test func `processes that share a store add to the same sums, and an end in order loses nothing`() throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/store.sqlite"
        let store = ["LLM_GATEWAY_STORE_PATH": path]
        let gateways = try (0..<2).map { _ in try GatewayProcess(Self.configuration, environment: store) }
        defer { for gateway in gateways { gateway.program.signal(SIGKILL) } }
        let counted = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            for call in 0..<100 {
                let headers = [Self.bearer, "x-llm-gateway-tags: worker=\(worker), all=1"]
                let answer = try? gateways[(worker + call) % 2].chat("one two", model: "echo", headers: headers)
                if answer?.status == 200 { counted.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(counted.load(ordering: .relaxed) == 400)
        for gateway in gateways { gateway.program.signal(SIGTERM) }
        for gateway in gateways { #expect(try gateway.program.waitForExit() == 0) }
        let found = try PythonScript.run("check_store.py", [path])
        #expect(found["integrity"].string == "ok" && found["requests"].int == 400 && found["by_key"].int == 400)
        #expect(found["tokens"].int == 1600)
        #expect(found["by_tag"]["all=1"].int == 400 && found["by_tag"]["worker=3"].int == 100)
        try withGateway(Self.configuration, environment: store) { gateway throws in
            let use = try use(gateway)
            #expect(use["requests"].int == 400 && use["input_tokens"].int == 800 && use["output_tokens"].int == 800)
        }
    }

    @Test func `a budget that was spent before a restart is spent after it`() throws {
        // 9 and 2 tokens: 0.011 dollars a call.
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1", api_key: k }
            routing: { default_provider: up }
            model_info: { m: { usd_per_million: { input: 1000, output: 1000 } } }
            \(Self.keys)
            """
        let folder = try ScratchFolder()
        let path = "\(folder.path)/store.sqlite"
        let store = ["LLM_GATEWAY_STORE_PATH": path]
        var key = ""
        /// A call's status, once it is settled.
        func chat(_ gateway: GatewayProcess) throws -> Int {
            let answer = try gateway.chat(headers: ["authorization: Bearer \(key)"])
            _ = try gateway.logLine(of: answer["x-request-id"] ?? "")
            return answer.status
        }
        do {
            let gateway = try GatewayProcess(configuration, environment: store)
            defer { gateway.program.signal(SIGKILL) }
            let entry = #"{"name":"b","budget":{"usd":0.02,"period":"total"}}"#
            key = try #require(
                try gateway.ask("POST", "/admin/keys", entry, headers: [Self.bearer]).json["key"].string)
            #expect(try [chat(gateway), chat(gateway), chat(gateway)] == [200, 200, 429])
            let use = try use(gateway, of: "b")
            #expect(use["requests"].int == 2 && abs((use["cost_usd"].double ?? 0) - 0.022) < 1e-12)
            gateway.program.signal(SIGTERM)
            #expect(try gateway.program.waitForExit() == 0)
        }
        let found = try PythonScript.run("check_store.py", [path])
        #expect(found["prices"][0]["input"].double == 1000 && found["prices"][0]["output"].double == 1000)
        try withGateway(configuration, environment: store) { gateway throws in
            #expect(try chat(gateway) == 429)
            #expect(try use(gateway, of: "b")["requests"].int == 2)
        }
    }

    @Test func `a store that takes nothing keeps nobody from calling, and is told of once`() throws {
        // Its folder is a file: nothing can ever be written there.
        let folder = try ScratchFolder()
        try folder.write("I am a file.", to: "store")
        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/store/store.sqlite"]
        try withGateway(Self.configuration, environment: store) { gateway throws in
            for _ in 0..<20 { #expect(try gateway.chat(model: "echo", headers: [Self.bearer]).status == 200) }
            _ = try eventually("a word in the log") {
                gateway.logLines.first { $0["msg"].string?.hasPrefix("the usage of calls can't be written") == true }
            }
            usleep(2_500_000)  // two more writes fail, and say nothing
            #expect(gateway.logLines.count { $0["msg"].string?.hasPrefix("the usage of calls") == true } == 1)
            #expect(
                gateway.logLines.count { $0["msg"].string?.hasPrefix("the store can't be used; what") == true } <= 1)
        }
    }
}
