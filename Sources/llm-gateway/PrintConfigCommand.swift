import ArgumentParser
import LLMGateway

/// `llm-gateway print-config`.
struct PrintConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-config",
        abstract: "Print the effective configuration, with secrets masked and where each value came from.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        for warning in configuration.warnings { ConfigurationOptions.complain("warning: \(warning)") }
        print(configuration.printed(), terminator: "")
    }
}
