import WireFormats

/// `GET /debug/models`: every name that can be called, and where it leads.
struct DebugModels: Sendable {
    var endpoint: AdminEndpoint { AdminEndpoint(.get, "/debug/models", answer) }

    private func answer(_ request: AdminRequest) async -> AdminAnswer {
        let (snapshot, listed) = (request.state.snapshot, request.state.listed)
        return await .written { json in
            json.array("models", names(snapshot, listed)) { name, json in
                ModelReport(of: name, in: snapshot, listed: listed).write(to: &json)
            }
            json.array("patterns", patterns(snapshot, listed)) { row, json in
                json.object { json in
                    json.field("pattern", row.pattern)
                    json.field("provider", row.provider)
                    json.field("source", row.source)
                }
            }
            let defaultProvider = snapshot.settings.routing.defaultProvider
            json.nullable("default_provider", defaultProvider.isEmpty ? nil : defaultProvider)
            json.nullable("only_provider", onlyProvider(snapshot))
        }
    }

    /// Those of the configuration, then those that only providers list.
    private func names(_ snapshot: Snapshot, _ listed: ListedModels) -> [String] {
        let configured = snapshot.routes.configuredNames
        var seen = Set(configured)
        return configured + listed.names.filter { seen.insert($0).inserted }
    }

    /// Those that lead somewhere, in the order in which they are tried.
    private func patterns(
        _ snapshot: Snapshot, _ listed: ListedModels
    ) -> [(pattern: String, provider: String, source: String)] {
        let directory = snapshot.routes.directory
        let own = snapshot.settings.routing.patterns.map { ($0.pattern, $0.provider, "routing.patterns") }
        let all = own + RouteTable.builtInPatterns.map { ($0.0, $0.1, "built_in") }
        return all.filter { _, provider, _ in
            directory.index(of: provider).map { directory.obstacle(at: $0, listed) == nil } ?? false
        }
    }

    /// The provider of every name that leads nowhere else, where no default is set.
    private func onlyProvider(_ snapshot: Snapshot) -> String? {
        guard snapshot.settings.routing.defaultProvider.isEmpty else { return nil }
        return snapshot.routes.directory.onlyEnabled.map { snapshot.routes.providers[$0].name }
    }
}
