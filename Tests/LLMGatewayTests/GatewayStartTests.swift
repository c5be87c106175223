import Testing

@testable import LLMGateway

@Suite struct GatewayStartTests {
    @Test(.enabled(if: RedisServer.isInstalled)) func `a start that fails leaves nothing behind`() async throws {
        let redis = try await RedisServer()
        let taken = try RawServer()
        let configuration = try GatewayConfiguration.load(
            yaml: """
                server: { port: \(taken.port), threads: 1 }
                metrics: { port: 0 }
                log: { level: critical }
                store: { path: \(TemporaryFiles.directory())/store.sqlite }
                redis: { url: "redis://127.0.0.1:\(redis.port)" }
                providers: { simulated: {} }
                """)
        await #expect(throws: PortInUse.self) { try await Gateway(configuration).run {} }
        try await withLink(to: redis.address) { link, _ async throws in
            try await eventually("nobody but this test is connected") {
                await link.ask(RedisCommand("CLIENT", "LIST"))?.text?.split(separator: "\n").count == 1
            }
            #expect(await link.ask(RedisCommand("ZCARD", RedisKey.replicas)) == .integer(0))
        }
    }
}
