@testable import LLMGateway

/// Loads text that is right.
func configuration(_ yaml: String = "", _ environment: [String: String] = [:]) throws -> GatewayConfiguration {
    try GatewayConfiguration.load(yaml: yaml, environment: environment)
}

/// The problems of a text that is wrong; empty when it is not.
func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try configuration(yaml, environment)
        return []
    } catch let error as ConfigurationError {
        return error.problems.map(\.description)
    } catch {
        return ["\(error)"]
    }
}

extension GatewayConfiguration {
    func provider(_ name: String) -> ProviderSettings? { settings.providers.first { $0.name == name } }

    /// The value and its source, as print-config shows them.
    func effective(_ path: String) -> String? {
        values.first { $0.path.description == path }.map { "\($0.written) # \($0.origin.place)" }
    }
}

/// The providers that are there without being configured, in their order.
let builtInProviders = [KnownProviderType].builtIn.filter(\.isBuiltInProvider).map(\.name)
