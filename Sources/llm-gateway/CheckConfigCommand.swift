import ArgumentParser
import LLMGateway

/// `llm-gateway check-config`.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the configuration, print every problem, and do nothing else.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let estimate: (sentence: String, warnings: [String])
        do throws(ConfigurationError) {
            estimate = try await Gateway.seriesEstimate(of: configuration)
        } catch {
            ConfigurationOptions.print(error)
            throw ExitCode(78)
        }
        for warning in configuration.warnings + estimate.warnings {
            ConfigurationOptions.complain("warning: \(warning)")
        }
        print("The configuration is good: \(configuration.path ?? "built-in defaults").")
        print(estimate.sentence)
    }
}
