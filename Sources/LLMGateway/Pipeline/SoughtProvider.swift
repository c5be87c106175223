import Synchronization

/// A provider that nobody configured and that is looked for: while something answers at its address, it serves the models
/// that it lists there.
final class SoughtProvider: Sendable {
    let settings: ProviderSettings
    /// Its place in the configuration.
    let ordinal: Int
    let site: UpstreamSite
    private let knowledge: ModelKnowledge
    private let place: ModelPlace
    private let metrics: GatewayMetrics
    private let healths: TargetHealths
    private let traffic: KeptTraffic
    private let made = Mutex<ConfiguredProvider?>(nil)

    init(
        _ settings: ProviderSettings, ordinal: Int, site: UpstreamSite, knowledge: ModelKnowledge, place: ModelPlace,
        metrics: GatewayMetrics, healths: TargetHealths, traffic: KeptTraffic
    ) {
        (self.settings, self.ordinal, self.site, self.metrics) = (settings, ordinal, site, metrics)
        (self.knowledge, self.place) = (knowledge, place)
        (self.healths, self.traffic) = (healths, traffic)
    }

    /// The provider, ready for use. To be asked for once it was found: its metrics are there from then on, so that where
    /// there never was one, nobody hears of it.
    var provider: ConfiguredProvider {
        made.withLock { made in
            if let made { return made }
            let provider = ConfiguredProvider(
                settings, ordinal: ordinal, kind: .upstream(site), knownModels: [], knowledge: knowledge, place: place,
                metrics: metrics, healths: healths, traffic: traffic)
            made = provider
            return provider
        }
    }

    /// nil: it was never found.
    var providerIfFound: ConfiguredProvider? { made.withLock { $0 } }

    /// Has metrics say that it is there, or no longer speak of it at all.
    func show(_ isThere: Bool) {
        if isThere { provider.metrics.up.set(1) }
        metrics.providerUp.show(isThere, ProviderLabels(provider: settings.name))
    }
}
