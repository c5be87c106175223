import ArgumentParser
import LLMGateway

/// `llm-gateway print-config`.
struct PrintConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-config",
        abstract: "Print the effective configuration, with secrets masked and where each value came from.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        print(try options.load().printed(), terminator: "")
    }
}
