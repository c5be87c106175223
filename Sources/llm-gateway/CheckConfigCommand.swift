import ArgumentParser
import LLMGateway

/// `llm-gateway check-config`.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration, print every problem, and do nothing else.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        for warning in configuration.warnings { ConfigurationOptions.complain("warning: \(warning)") }
        print("The configuration is good: \(configuration.path ?? "built-in defaults").")
    }
}
