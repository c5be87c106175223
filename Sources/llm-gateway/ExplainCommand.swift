import ArgumentParser
import LLMGateway

/// `llm-gateway explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell where calls of a model go: which targets, in which order, and why others not.",
        discussion: """
            By the configuration alone: nobody is asked. Which providers are well, which answer sooner and which models they \
            list shows when the gateway runs (/ready, /metrics, /v1/models).
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .long, help: "The model, by the name that clients use.")
    var model: String

    @Option(name: .long, help: "The name of a key, to be told whether it may use the model.")
    var key: String?

    func run() async throws {
        let configuration = try options.load()
        let explained: (text: String, failure: String?)
        do throws(ConfigurationError) {
            explained = try await Gateway.explanation(ofModel: model, key: key, by: configuration)
        } catch {
            ConfigurationOptions.print(error)
            throw ExitCode(78)
        }
        print(explained.text, terminator: "")
        if let failure = explained.failure {
            ConfigurationOptions.complain(failure)
            throw ExitCode(1)
        }
    }
}
