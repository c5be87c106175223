import Foundation
import Testing

@testable import LLMGateway

/// Prometheus's own tool as a judge; skipped where it isn't installed (Debian: `prometheus`).
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")))
struct PromtoolTests {
    @Test func `promtool has nothing to say about what the gateway exposes`() async throws {
        let registry = MetricRegistry(loops: 2)
        let metrics = await GatewayMetrics(
            in: registry, formats: ["openai-chat", "gemini"], build: .init(version: "1", swift: "6", commit: "c"),
            logDropped: { 0 })
        let target = metrics.target(provider: "p", model: "quoted \"m\"\n\\")
        target.request(format: "openai-chat", status: 503, outcome: .providerError, on: registry.sharedShard)
        target.timeToFirstToken.observe(0.3, on: registry.sharedShard)

        #expect(try complaints(about: await registry.exposition(accept: nil).body) == "")
    }

    private func complaints(about exposition: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).txt")
        try Data(exposition).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }

        let (promtool, output) = (Process(), Pipe())
        promtool.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        promtool.arguments = ["check", "metrics"]
        promtool.standardInput = try FileHandle(forReadingFrom: file)
        (promtool.standardOutput, promtool.standardError) = (output, output)
        try promtool.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        promtool.waitUntilExit()
        return String(decoding: said, as: UTF8.self) + (promtool.terminationStatus == 0 ? "" : "refused")
    }
}
