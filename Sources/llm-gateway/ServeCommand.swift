import ArgumentParser
import Glibc
import LLMGateway

/// `llm-gateway serve`, and `llm-gateway` alone.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the gateway (the default).")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        Self.raiseFileLimit()
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

    /// As many open files as the system lets this process have: shells and service managers start programs with fewer,
    /// for the sake of those that can't deal with many.
    private static func raiseFileLimit() {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}
