import WireFormats

/// A configuration, worked out: immutable, swapped whole on reload. A request keeps the one that it began with.
final class Snapshot: Sendable {
    let configuration: GatewayConfiguration
    /// 1 at the start, one more with each reload.
    let generation: Int
    let madeAt = WallClock.now
    /// Those that are enabled.
    let providers: [ConfiguredProvider]
    /// Those that are looked for, and enabled while they are found.
    let sought: [SoughtProvider]
    let routes: RouteTable
    /// Those that are served.
    let formats: [any WireFormat]
    let endpoints: Endpoints
    let cors: CORSPolicy
    let clientAddresses: ClientAddresses
    let redactor: Redactor
    let accessLog: AccessLog
    /// nil: nothing is traced.
    let tracing: CallTracing?
    /// Fetches pictures for providers that can't read their addresses; nil: nobody may, or nobody needs it.
    let pictureFetcher: PictureFetcher?
    /// Which targets served which conversations.
    let conversations: Conversations

    var settings: GatewaySettings { configuration.settings }

    /// What stays the same over all reloads.
    struct Surroundings: Sendable {
        let types: [any Provider.Type]
        let formats: [any WireFormat]
        let metrics: GatewayMetrics
        let log: LogOutput
        /// This gateway's name in `via`.
        let via: String
        /// Where spans go.
        var spans = SpanQueue { _ in }
        /// Those that had to be fetched.
        let credentials = KeptCredentials()
        /// Whom servers are trusted by.
        let trust = KeptTLS()
        /// How targets are.
        let healths = TargetHealths()
        /// How much is sent to providers.
        let traffic = KeptTraffic()
        /// Which targets served which conversations.
        let conversations = Conversations()
        /// Made where a provider needs it. Throws what BoringSSL says of the system's certificates.
        var makePictureFetcher: @Sendable () throws -> PictureFetcher = {
            PictureFetcher(tls: try UpstreamTLS(caFile: nil, verifies: true))
        }
    }

    /// - Throws: ``ConfigurationError`` for what only shows when a provider is made ready: a CA file, a pattern.
    init(
        _ configuration: GatewayConfiguration, generation: Int, in surroundings: Surroundings
    ) throws(ConfigurationError) {
        let settings = configuration.settings
        self.configuration = configuration
        self.generation = generation
        conversations = surroundings.conversations
        tracing = settings.tracing.sampling.map { CallTracing(sampling: $0, queue: surroundings.spans) }
        var problems: [ConfigurationError.Problem] = []
        let availability = Self.availability(of: settings.providers, surroundings.types)
        let knowledge = ModelKnowledge(settings.modelInfo)

        var sought: [SoughtProvider] = []
        let providers = settings.providers.enumerated().compactMap { ordinal, provider -> ConfiguredProvider? in
            guard [.enabled, .found].contains(availability[ordinal]),
                let type = surroundings.types.first(where: { $0.kind.name == provider.type })
            else { return nil }
            let made = type.init(provider)
            let place = ModelPlace(provider: provider.name, type: provider.type, isFree: type.kind.isFree)
            let kind: ConfiguredProvider.Kind
            do throws(UnusableSite) {
                if let upstream = made as? any UpstreamProvider {
                    let names = provider.apiFormats?.map { FormatID($0) } ?? type.formats
                    let formats = names.compactMap { name in surroundings.formats.first { $0.id == name } }
                    let site = try UpstreamSite(
                        upstream, provider, formats: formats, via: surroundings.via,
                        credentials: surroundings.credentials, trust: surroundings.trust)
                    if availability[ordinal] == .found {
                        sought.append(
                            SoughtProvider(
                                provider, ordinal: ordinal, site: site, knowledge: knowledge, place: place,
                                metrics: surroundings.metrics, healths: surroundings.healths,
                                traffic: surroundings.traffic))
                        return nil
                    }
                    kind = .upstream(site)
                } else if let inProcess = made as? any InProcessProvider {
                    kind = .inProcess(inProcess)
                } else {
                    return nil
                }
            } catch {
                problems.append(configuration.problem(ofProvider: provider.name, error.reason))
                return nil
            }
            return ConfiguredProvider(
                provider, ordinal: ordinal, kind: kind,
                knownModels: Self.models(of: provider, made, in: settings), knowledge: knowledge, place: place,
                metrics: surroundings.metrics, healths: surroundings.healths, traffic: surroundings.traffic)
        }
        (self.providers, self.sought) = (providers, sought)
        do {
            let isUsed =
                settings.routing.fetchImages == .public
                && (providers.compactMap(\.site) + sought.map(\.site)).contains(where: Self.needsPictures)
            pictureFetcher = isUsed ? try surroundings.makePictureFetcher() : nil
        } catch {
            let place = configuration.path ?? "configuration"
            throw ConfigurationError([
                .init(place: place, path: "routing.fetch_images", sentence: "TLS can't be used: \(error)")
            ])
        }
        do {
            redactor = try Redactor(
                patterns: settings.log.redact,
                secrets: settings.secrets,
                hosts: (providers.compactMap(\.site) + sought.map(\.site)).map(\.origin.host))
        } catch {
            let place = configuration.path ?? "configuration"
            problems.append(
                .init(place: place, path: "log.redact", sentence: "'\(error.pattern)' is no regular expression"))
            throw ConfigurationError(problems)
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }

        routes = RouteTable(
            providers: settings.providers.enumerated().map { ordinal, provider in
                let own = providers.first { $0.ordinal == ordinal }?.ownModels ?? []
                return RoutableProvider(
                    name: provider.name, availability: availability[ordinal],
                    models: provider.models.isEmpty ? own : provider.models, modelMap: provider.modelMap,
                    ordinal: ordinal)
            },
            models: settings.models.map { model in
                (model.name, model.strategy, model.targets.map { ($0.provider, $0.model, $0.weight) })
            },
            options: Dictionary(
                settings.models.compactMap { model in model.planOptions.map { (model.name, $0) } },
                uniquingKeysWith: { first, _ in first }),
            patterns: settings.routing.patterns.map { ($0.pattern, $0.provider) },
            defaultProvider: settings.routing.defaultProvider.isEmpty ? nil : settings.routing.defaultProvider)
        formats = surroundings.formats
        endpoints = Endpoints(formats: surroundings.formats, exposesMetrics: settings.metrics.onProxyPort)
        cors = CORSPolicy(settings.server.cors)
        clientAddresses = ClientAddresses(trusting: settings.server.trustedProxies)
        accessLog = AccessLog(surroundings.log, maxSuccessPerSecond: settings.log.maxSuccessPerSecond)
    }

    /// Has what outlives configurations go by this one, once it is in force.
    func takeOver(on shard: Shard) {
        for provider in providers + sought.compactMap(\.providerIfFound) { provider.takeOver(on: shard) }
    }

    /// The provider of that place in the configuration; nil when it is not enabled. One that is sought counts as found.
    func provider(_ ordinal: Int) -> ConfiguredProvider? {
        if providers.indices.contains(ordinal), providers[ordinal].ordinal == ordinal { return providers[ordinal] }
        return providers.first { $0.ordinal == ordinal } ?? sought.first { $0.ordinal == ordinal }?.provider
    }

    /// How many values the labels of metrics may take by it. Keys made at run time come on top, as do models that
    /// providers list when they are asked.
    func seriesExtent(loops: Int) -> SeriesExtent {
        let all = providers + sought.map(\.provider)
        let spoken = Set(all.compactMap(\.site).flatMap(\.formats).map(\.id))
        return SeriesExtent(
            formats: formats.count { !$0.endpoints.isEmpty }, upstreamFormats: spoken.count + 1, providers: all.count,
            targets: all.reduce(0) { $0 + $1.targetCount }, keys: settings.keys.count + 1, loops: loops)
    }

    /// Whether a site may have to be given pictures which the client tells by their addresses.
    private static func needsPictures(_ site: UpstreamSite) -> Bool {
        site.formats.contains { ($0.upstreamChat?.readableAddresses ?? .all) != .all }
    }

    /// The plan for a name that a client sent, and what is known of its targets.
    func route(
        _ model: String, pinned: String?, listed: ListedModels
    ) -> Result<RoutedPlan, Unresolved> {
        routes.resolve(model, pinned: pinned, listed: listed).map { plan in
            RoutedPlan(plan, plan.targets.map { provider($0.provider)?.limits(of: $0.model) ?? ModelFacts() })
        }
    }

    /// What `enabled: auto` comes to: a provider is there when it has the credential that it needs, or while it is found
    /// where nobody names it; `simulated` when it is named or nothing else is there.
    private static func availability(
        of providers: [ProviderSettings], _ types: [any Provider.Type]
    ) -> [RoutableProvider.Availability] {
        func lacking(_ provider: ProviderSettings) -> String? {
            let type = types.first { $0.kind.name == provider.type }
            if let platform = type as? any PlatformProvider.Type { return platform.lacking(provider) }
            return (type as? any UpstreamProvider.Type)?.usuallyLacking(provider)
        }
        func isSought(_ provider: ProviderSettings) -> Bool {
            types.first { $0.kind.name == provider.type }?.kind.isSought ?? false
        }
        let isInProcess = providers.map { provider in
            types.first { $0.kind.name == provider.type } is any InProcessProvider.Type
        }
        let first = providers.enumerated().map { ordinal, provider -> RoutableProvider.Availability in
            switch provider.enabled {
            case .off: return .switchedOff
            case .on: return .enabled
            case .auto where isInProcess[ordinal]: return provider.isNamedByOperator ? .enabled : .switchedOff
            case .auto where isSought(provider): return provider.isNamedByOperator ? .enabled : .found
            case .auto: return lacking(provider).map { .missingCredential(setting: $0) } ?? .enabled
            }
        }
        guard !first.contains(.enabled) else { return first }
        return zip(first, providers).enumerated().map { ordinal, pair in
            isInProcess[ordinal] && pair.1.enabled == .auto ? .enabled : pair.0
        }
    }

    /// The upstream names that a provider is known to be asked for.
    private static func models(
        of provider: ProviderSettings, _ made: any Provider, in settings: GatewaySettings
    ) -> ConfiguredProvider.KnownModels {
        let targets = settings.models.flatMap(\.targets).filter { $0.provider == provider.name }.map(\.model)
        let label = (made as? any InProcessProvider).map { made in { made.label(of: $0) } } ?? { $0 }
        return Set((provider.models + provider.modelMap.map(\.upstream) + targets + made.listedModels).map(label))
    }
}

extension ModelSettings {
    /// What it says beside its targets; nil: nothing.
    fileprivate var planOptions: PlanOptions? {
        let options = PlanOptions(
            fallbacks: fallbacks, fallbacksOn: fallbacksOn, hedgeAfter: hedgeAfter > .zero ? hedgeAfter : nil,
            affinity: affinity)
        return options == PlanOptions(fallbacksOn: fallbacksOn) ? nil : options
    }
}
