import WireFormats

/// A provider on somebody's cloud, with ways of its own beside where it is and how it is signed: names for deployments,
/// tokens that have to be fetched, bodies that differ from their format.
protocol PlatformProvider: UpstreamProvider {
    /// What has to be set before it is of use: `providers.vertex.project`; nil: nothing lacks.
    static func lacking(_ settings: ProviderSettings) -> String?

    /// Where it is.
    ///
    /// - Throws: ``UnusableSite`` where its settings don't tell.
    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String?

    /// The name by which it knows a model: in paths and bodies, never in metrics or plans.
    func deployment(of model: String) -> String

    /// How it is asked for vectors, where that isn't its format's way; such calls never pass through.
    var ownEmbeddings: (any UpstreamEmbeddingsCodec)? { get }

    /// What changes bodies where they aren't to its taste as their format has them; nil: nothing.
    var bodyEditor: (any BodyEditor)? { get }

    /// What it calls the values of `anthropic-beta` that it knows, where it refuses a call for any other; nil: it doesn't.
    var knownBetas: [String: String]? { get }

    /// As ``UpstreamProvider/makeSigner(_:credential:)``.
    ///
    /// - Parameter kept: Where credentials are kept that must be fetched.
    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)?
}

extension PlatformProvider {
    static func lacking(_ settings: ProviderSettings) -> String? { usuallyLacking(settings) }

    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String? { settings.baseURL }

    func deployment(of model: String) -> String { model }

    var ownEmbeddings: (any UpstreamEmbeddingsCodec)? { nil }

    var bodyEditor: (any BodyEditor)? { nil }

    var knownBetas: [String: String]? { nil }

    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)? { nil }
}

extension UpstreamProvider {
    /// A key, where one is needed and none is sent on.
    static func usuallyLacking(_ settings: ProviderSettings) -> String? {
        guard needsCredential, settings.apiKeys.isEmpty, !settings.forwardClientKey else { return nil }
        let variables = settings.name == kind.name ? kind.keyVariables : []
        let setting = "providers.\(settings.name).api_key"
        return variables.isEmpty ? setting : "\(setting) (or \(variables.joined(separator: ", ")))"
    }
}
