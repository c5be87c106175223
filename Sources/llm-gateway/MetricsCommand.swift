import ArgumentParser
import LLMGateway

/// `llm-gateway metrics`.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Print the catalogue of the metrics that the gateway exports.")

    @Flag(name: .long, help: "As JSON instead of a table.")
    var json = false

    func run() async throws {
        print(await Gateway.metricCatalogue(json: json), terminator: "")
    }
}
