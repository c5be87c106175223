/// Everything that can be configured. What is read here is what there is to configure.
struct GatewaySettings: Sendable {
    let server: ServerSettings
    let metrics: MetricsSettings
    let log: LogSettings
    let tracing: TracingSettings
    let routing: RoutingSettings
    let resilience: ResilienceSettings
    let store: StoreSettings
    let ledger: LedgerSettings
    let redis: RedisSettings
    let egress: EgressSettings
    /// In the order of the file; then those that only variables name; then the built-in ones that nobody mentions.
    let providers: [ProviderSettings]
    /// In the order of the file.
    let models: [ModelSettings]
    let modelInfo: ModelInfoSettings
    /// In the order of the file. Empty: whoever reaches the port may call, unless keys were made at run time.
    let keys: [KeySettings]
    let limits: LimitSettings

    init(_ settings: Settings, known: KnownNames) {
        let types = known.types
        server = ServerSettings(settings.section("server"))
        metrics = MetricsSettings(settings.section("metrics"))
        log = LogSettings(settings.section("log"))
        tracing = TracingSettings(settings.section("tracing"))
        let routing = RoutingSettings(settings.section("routing"))
        let resilience = ResilienceSettings(settings.section("resilience"))
        store = StoreSettings(settings.section("store"))
        ledger = LedgerSettings(settings.section("ledger"))
        redis = RedisSettings(settings.section("redis"))
        egress = EgressSettings(settings.section("egress"))
        _ = GRPCSettings(settings.section("grpc"))
        var providers = settings.entries(
            "providers", always: types.filter(\.isBuiltInProvider).map(\.name), possible: types.map(\.name),
            creating: "type", tables: ["headers", "model_map", "deployments"]
        ) { ProviderSettings($0, $1, known: known, resilience: resilience) }
        let names = providers.map(\.name)
        let models = settings.entries("models") { ModelSettings($0, $1, providers: names) }
        modelInfo = ModelInfoSettings(settings)
        keys = settings.elements("keys", "Keys that clients call with.").map { KeySettings($0) }
        KeySettings.check(keys, settings)
        limits = LimitSettings(settings.section("limits"))
        routing.check(settings, against: names)

        let named = [routing.defaultProvider] + routing.patterns.map(\.provider)
        let routed = Set(named + models.flatMap { $0.targets.map(\.provider) })
        for index in providers.indices where routed.contains(providers[index].name) {
            providers[index].isNamedByOperator = true
        }
        (self.routing, self.resilience, self.providers, self.models) = (routing, resilience, providers, models)
    }

    /// What must never be shown, wherever it was written.
    var secrets: [String] {
        let ofProviders = providers.flatMap { provider in
            provider.apiKeys.map { $0.reveal() } + provider.headers.map { $0.value.reveal() }
                + provider.platform.secrets
        }
        let others =
            keys.map(\.secret) + tracing.headers.map { Optional($0.value) }
            + [redis.address?.password, store.secret, egress.proxy?.credentials]
        return ofProviders + others.compactMap { $0?.reveal() }
    }
}
