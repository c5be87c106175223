import Foundation
import Testing

/// Limits that several gateways share by way of one Redis, under more load than they allow.
@Suite(.ownThread, .enabled(if: RedisProcess.isInstalled)) struct SharedLimitsTests {
    private static let body = #"{"model":"echo","messages":[{"role":"user","content":"Hi"}],"max_tokens":8}"#

    private func withReplicas(
        _ count: Int, _ configuration: String, _ redis: RedisProcess, _ gateways: [GatewayProcess] = [],
        _ body: ([GatewayProcess]) throws -> Void
    ) throws {
        guard gateways.count < count else { return try body(gateways) }
        try withGateway(configuration, environment: ["REDIS_URL": redis.url]) { gateway throws in
            try withReplicas(count, configuration, redis, gateways + [gateway], body)
        }
    }

    /// Sends calls to all of them at once, each as often as it goes, and returns how many were answered with 200.
    private func load(_ gateways: [GatewayProcess], seconds: Int) throws -> (admitted: Double, sent: Double) {
        let folder = try ScratchFolder()
        let script = try folder.write(
            """
            wrk.method = "POST"; wrk.body = [==[\(Self.body)]==]
            wrk.headers["content-type"] = "application/json"; wrk.headers["authorization"] = "Bearer sk-team"
            """, to: "post.lua")
        let clients = try gateways.map { gateway in
            try Program(
                "/usr/bin/wrk",
                [
                    "-t1", "-c4", "-d\(seconds)s", "-s", script,
                    "http://127.0.0.1:\(gateway.port)/v1/chat/completions",
                ])
        }
        for client in clients { _ = try client.waitForExit(within: .seconds(seconds + 30)) }
        func sum(_ outcome: String) throws -> Double {
            try gateways.reduce(0) { sum, gateway in
                try sum + gateway.metrics().sum("llm_gateway_key_requests_total", ["key": "team", "outcome": outcome])
            }
        }
        let admitted = try sum("ok")
        return (admitted, try admitted + sum("rejected"))
    }

    @Test(.undisturbed) func `four gateways together admit no more than the limit, however many calls come`() throws {
        let redis = try RedisProcess()
        let configuration = """
            providers: { simulated: {} }
            log: { level: error }
            keys: [{ name: team, key: sk-team, requests_per_minute: 6000, burst: 50 }]
            """
        try withReplicas(4, configuration, redis) { gateways in
            let start = ContinuousClock.now
            let (admitted, sent) = try load(gateways, seconds: 4)
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            #expect(sent > 4000, "\(sent)")
            #expect(admitted <= (50 + 100 * elapsed) * 1.01, "\(admitted) in \(elapsed) s")
            #expect(admitted >= 50 + 100 * 3, "\(admitted)")
        }
    }

    @Test func `a call that ends before it is sent anywhere counts at every replica`() throws {
        let redis = try RedisProcess()
        let configuration = """
            providers: { simulated: {} }
            keys: [{ name: team, key: sk-team, requests_per_minute: 2, burst: 4 }]
            """
        try withReplicas(2, configuration, redis) { gateways in
            try eventually("both share", within: .seconds(15)) {
                try gateways.allSatisfy { try $0.metrics().sum("llm_gateway_store_degraded") == 0 }
            }
            func status(_ gateway: GatewayProcess, _ body: String) throws -> Int {
                let key = ["authorization: Bearer sk-team"]
                return try gateway.ask("POST", "/v1/chat/completions", body, headers: key).status
            }
            #expect(try status(gateways[0], "no JSON") == 400 && status(gateways[1], "[]") == 400)
            #expect(try status(gateways[0], Self.body) == 200 && status(gateways[1], "no JSON") == 400)
            for gateway in gateways {
                #expect(try status(gateway, "no JSON") == 429 && status(gateway, Self.body) == 429)
            }
        }
    }

    @Test(.undisturbed) func `without its Redis each admits its part`() throws {
        let redis = try RedisProcess()
        let configuration = """
            providers: { simulated: {} }
            log: { level: error }
            keys: [{ name: team, key: sk-team, requests_per_minute: 60, burst: 8 }]
            """
        try withReplicas(2, configuration, redis) { gateways in
            try eventually("both know of each other", within: .seconds(15)) {
                try gateways.allSatisfy { try $0.metrics().sum("llm_gateway_store_degraded") == 0 }
            }
            // Each says every five seconds that it is there.
            Thread.sleep(forTimeInterval: 6)
            redis.end()
            try eventually("the loss is noticed") {
                try gateways.allSatisfy { try $0.metrics().sum("llm_gateway_store_degraded") == 1 }
            }
            for gateway in gateways {
                let start = ContinuousClock.now
                let answers = try (0..<12).map { _ in
                    try gateway.ask(
                        "POST", "/v1/chat/completions", Self.body, headers: ["authorization: Bearer sk-team"]
                    ).status
                }
                let elapsed = (ContinuousClock.now - start) / .seconds(1)
                let admitted = answers.count { $0 == 200 }
                #expect(admitted >= 4 && Double(admitted) <= 4 + elapsed / 2 + 1, "\(answers)")
                #expect(answers.allSatisfy { $0 == 200 || $0 == 429 }, "\(answers)")
            }
        }
    }
}
