import ArgumentParser
import LLMGateway

/// `llm-gateway serve`, and `llm-gateway` alone.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the gateway (the default).")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let signals = Signals()
        let options = options
        let gateway = Gateway(try options.load(), hasLibraryMetrics: true) { () throws(ConfigurationError) in
            try options.read()
        }
        signals.onHangUp { await gateway.reloadConfiguration() }
        do {
            try await gateway.run { await signals.untilStop() }
        } catch let error as PortInUse {
            ConfigurationOptions.complain("\(error)")
            throw ExitCode(69)
        } catch let error as ConfigurationError {
            ConfigurationOptions.print(error)
            throw ExitCode(78)
        }
    }
}
