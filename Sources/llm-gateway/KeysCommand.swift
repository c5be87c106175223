import ArgumentParser
import LLMGateway

/// `llm-gateway keys`: makes, lists and revokes the keys of the configuration's store, whether the gateway runs or not.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and revoke the keys that clients call with.",
        subcommands: [CreateKeyCommand.self, ListKeysCommand.self, RevokeKeyCommand.self])
}

/// `llm-gateway keys create`.
struct CreateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key and print it, this once. The first one closes the gateway and must be an administrator's."
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .long, help: "What logs and metrics call it; its own among all keys.")
    var name: String

    @Flag(name: .long, help: "It may operate the gateway.")
    var admin = false

    @Option(name: .long, help: "Patterns of the names that it may call models by, separated by commas. Default: all.")
    var models: String?

    @Option(name: .long, help: "Requests that it may send in a minute; 0: no limit. Default: as under limits.")
    var requestsPerMinute: Int?

    @Option(
        name: .long,
        help: "Tokens that it may use in a minute, input and output; 0: no limit. Default: as under limits.")
    var tokensPerMinute: Int?

    @Option(name: .long, help: "Requests at once.")
    var burst: Int?

    @Option(name: .long, help: "Calls at the same time; 0: no limit. Default: as under limits.")
    var maxInFlight: Int?

    @Option(name: .long, help: "US dollars that its calls may cost in each period.")
    var budget: Double?

    @Option(name: .long, help: "day, week, month or total. Default: month.")
    var budgetPeriod: String?

    @Option(name: .long, help: "When it ends, as 2027-01-31T18:00:00Z. Default: never.")
    var expiresAt: String?

    @Flag(name: .long, help: "Print the whole entry as JSON instead of the key alone.")
    var json = false

    func run() async throws {
        var key = NewGatewayKey(name: name, isAdmin: admin)
        key.models = models?.split(separator: ",").map(String.init) ?? []
        (key.requestsPerMinute, key.tokensPerMinute) = (requestsPerMinute, tokensPerMinute)
        (key.burst, key.maxInFlight, key.budget) = (burst, maxInFlight, budget)
        (key.budgetPeriod, key.expiresAt) = (budgetPeriod, expiresAt)
        let made = try await KeysCommand.attempt(options) { keys throws(GatewayKeysRefusal) in try await keys.make(key)
        }
        print(json ? made.json : made.key.reveal())
    }
}

/// `llm-gateway keys list`.
struct ListKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all keys, with what they may do and what was used with them.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(name: .long, help: "As JSON instead of a table.")
    var json = false

    func run() async throws {
        let (options, json) = (options, json)
        print(
            try await KeysCommand.attempt(options) { keys throws(GatewayKeysRefusal) in try await keys.list(json: json)
            },
            terminator: "")
    }
}

/// `llm-gateway keys revoke`.
struct RevokeKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a key away: calls with it are refused within a second.")

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The key's name.")
    var name: String

    func run() async throws {
        let name = name
        try await KeysCommand.attempt(options) { keys throws(GatewayKeysRefusal) in try await keys.revoke(name) }
    }
}

extension KeysCommand {
    /// Does something with the keys of the configuration.
    ///
    /// - Throws: `ExitCode` 64 for what can't be done as it was asked for, 1 when the store can't be used; after it was
    ///   said why.
    static func attempt<Value: Sendable>(
        _ options: ConfigurationOptions, _ work: (GatewayKeys) async throws(GatewayKeysRefusal) -> Value
    ) async throws -> Value {
        let configuration = try options.load()
        let keys: GatewayKeys
        do throws(ConfigurationError) { keys = try await GatewayKeys.open(configuration) } catch {
            ConfigurationOptions.print(error)
            throw ExitCode(78)
        }
        do throws(GatewayKeysRefusal) { return try await work(keys) } catch {
            ConfigurationOptions.complain("\(error)")
            throw ExitCode(error.isOfRequest ? 64 : 1)
        }
    }
}
