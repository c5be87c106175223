@testable import LLMGateway

/// A ring of a configuration's keys, which counts where nobody looks.
func keyRing(_ settings: GatewaySettings) async -> KeyRing {
    let metrics = await GatewayMetrics(
        in: MetricRegistry(loops: 1), formats: [], build: .init(version: "1", swift: "6", commit: "c"),
        logDropped: { 0 })
    return KeyRing(settings, metrics: metrics, logger: LogOutput(LogSink(descriptor: -1)).logger("test"))
}
