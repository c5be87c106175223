import NIOCore
public import WireFormats

extension Gateway {
    /// Every metric that the gateway exports: name, type, labels, unit, help, buckets.
    public static func metricCatalogue(json: Bool) async -> String {
        let registry = MetricRegistry(loops: 0)
        let build = GatewayMetrics.Build(version: "", swift: "", commit: "")
        _ = await registry.gatewayMetrics(formats: [], build: build) { 0 }
        let catalogue = await registry.catalogue
        return json ? catalogue.json : catalogue.table
    }

    /// Where calls of a model go by a configuration alone, for people: which targets, in which order, and why others not.
    ///
    /// - Parameters:
    ///   - key: The name of a key, to be told whether it may; nil: of no key in particular.
    ///   - providers: As in ``init(_:providers:formats:hasLibraryMetrics:reload:)``, as are `formats`.
    /// - Returns: The explanation, and one sentence where there is no answer to what was asked: the name leads nowhere, or
    ///   nobody knows the key.
    /// - Throws: ``ConfigurationError`` for what only shows when a provider is made ready: a CA file, a pattern.
    public static func explanation(
        ofModel model: String, key: String? = nil, by configuration: GatewayConfiguration,
        providers: [any Provider.Type] = .builtIn, formats: [any WireFormat] = .builtIn
    ) async throws(ConfigurationError) -> (text: String, failure: String?) {
        let (snapshot, _) = try await dryRun(configuration, providers, formats)
        let explanation = RouteExplanation(of: model, by: key, in: snapshot)
        return (explanation.description, explanation.failure)
    }

    /// How many series the metrics may come to have by a configuration, for people: the sums in a sentence, and a warning
    /// for each family that may outgrow `metrics.max_series`.
    ///
    /// - Parameter providers: As in ``init(_:providers:formats:reload:)``, as are `formats`.
    /// - Throws: ``ConfigurationError`` for what only shows when a provider is made ready (a CA file, a pattern), or when
    ///   the gateway is to listen: its own certificate.
    public static func seriesEstimate(
        of configuration: GatewayConfiguration, providers: [any Provider.Type] = .builtIn,
        formats: [any WireFormat] = .builtIn
    ) async throws(ConfigurationError) -> (sentence: String, warnings: [String]) {
        _ = try configuration.serverTLS()
        let (snapshot, registry) = try await dryRun(configuration, providers, formats)
        let estimate = await registry.estimate(of: snapshot.seriesExtent(loops: threads(configuration.settings)))
        return (estimate.sentence, estimate.warnings)
    }

    /// What a gateway would go by that never serves.
    private static func dryRun(
        _ configuration: GatewayConfiguration, _ providers: [any Provider.Type], _ formats: [any WireFormat]
    ) async throws(ConfigurationError) -> (Snapshot, MetricRegistry) {
        let registry = MetricRegistry(loops: 0, maxSeries: configuration.settings.metrics.maxSeries)
        let build = GatewayMetrics.Build(version: "", swift: "", commit: "")
        let surroundings = Snapshot.Surroundings(
            types: providers, formats: formats, metrics: await registry.gatewayMetrics(formats: [], build: build) { 0 },
            log: LogOutput(LogSink()), via: "")
        return (try Snapshot(configuration, generation: 0, in: surroundings), registry)
    }

    /// Event loops: as many as cores, unless the operator says otherwise.
    static func threads(_ settings: GatewaySettings) -> Int {
        settings.server.threads > 0 ? settings.server.threads : System.coreCount
    }
}

extension MetricRegistry {
    func gatewayMetrics(
        formats: [String], build: GatewayMetrics.Build, logDropped: @escaping @Sendable () -> UInt64
    ) -> GatewayMetrics {
        GatewayMetrics(in: self, formats: formats, build: build, logDropped: logDropped)
    }
}
