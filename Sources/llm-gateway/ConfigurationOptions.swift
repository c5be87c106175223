import ArgumentParser
import Foundation
import LLMGateway

/// Where the configuration is, and what the command line says over it.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file. Default: LLM_GATEWAY_CONFIG, CONFIG_PATH, ./config.yaml.")
    var config: String?

    @Option(name: .long, help: "Address of the proxy port (server.host).")
    var host: String?

    @Option(name: .long, help: "The proxy port (server.port).")
    var port: Int?

    @Option(name: .long, help: "The metrics port (metrics.port).")
    var metricsPort: Int?

    @Option(name: .long, help: "The least level that is logged (log.level).")
    var logLevel: String?

    /// What the command line sets, by setting.
    var overrides: [String: String] {
        [
            "server.host": host, "server.port": port.map(String.init), "metrics.port": metricsPort.map(String.init),
            "log.level": logLevel,
        ].compactMapValues { $0 }
    }

    /// The configuration, from the file, the environment and the command line.
    ///
    /// - Throws: `ExitCode` 78, after every problem was printed.
    func load() throws -> GatewayConfiguration {
        do {
            return try read()
        } catch {
            Self.print(error)
            throw ExitCode(78)
        }
    }

    /// The same, for whoever can go on without.
    func read() throws(ConfigurationError) -> GatewayConfiguration {
        try GatewayConfiguration.load(
            commandLine: overrides, environment: ProcessInfo.processInfo.environment, path: config)
    }

    /// Prints every problem on standard error, one a line.
    static func print(_ error: ConfigurationError) {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
    }

    /// Prints a line on standard error.
    static func complain(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
