import ArgumentParser
import LLMGateway

/// `llm-gateway`: one server between applications and model providers.
@main
struct LLMGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llm-gateway",
        abstract: "One server between applications and model providers.",
        version: Version.current,
        subcommands: [
            ServeCommand.self, CheckConfigCommand.self, PrintConfigCommand.self, MetricsCommand.self,
            ExplainCommand.self, KeysCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
