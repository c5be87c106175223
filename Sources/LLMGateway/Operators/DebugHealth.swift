import NIOCore
import WireFormats

/// `GET /debug/health`: how the gateway and all that it depends on are, at this moment.
struct DebugHealth: Sendable {
    let watch: ProviderWatch
    let metrics: GatewayMetrics
    let log: LogSink
    let database: StateDatabase
    /// nil: replicas share nothing.
    let shared: RedisStore?
    let loops: Int
    let started = Instant.now
    let startedAt = WallClock.now

    var endpoint: AdminEndpoint { AdminEndpoint(.get, "/debug/health", answer) }

    private func answer(_ request: AdminRequest) async -> AdminAnswer {
        let (snapshot, isOpen) = (request.state.snapshot, request.state.callers.isOpen)
        return await .written { json in
            let readiness = watch.readiness
            json.field("status", readiness.status.rawValue)
            json.field("version", Version.current)
            json.field("commit", Version.commit)
            json.fact("started_at", startedAt)
            json.seconds("uptime_seconds", .now - started)
            json.field("open", isOpen)
            json.object("configuration") { json in
                json.nullable("path", snapshot.configuration.path)
                json.field("generation", snapshot.generation)
                json.fact("read_at", snapshot.madeAt)
            }
            json.field("loops", loops)
            json.field("client_connections", Int(metrics.clientConnections.value))
            json.fact("log_lines_dropped", log.dropped)
            writeStores(to: &json)
            json.object("providers") { json in
                for health in readiness.providers {
                    json.field(health.name) { write(health, of: snapshot, to: &$0) }
                }
            }
        }
    }

    private func writeStores(to json: inout JSONWriter) {
        json.object("store") { json in
            json.field("path", database.path)
            switch database.condition {
            case .unopened: json.field("state", "not_opened_yet")
            case .open: json.field("state", "open")
            case .failed(let reason):
                json.field("state", "failed")
                json.field("error", reason)
            }
        }
        guard let shared else { return json.null("redis") }
        json.object("redis") { json in
            json.field("state", shared.isAway ? "out_of_reach" : "in_use")
            json.field("replicas", shared.replicas.current)
        }
    }

    // MARK: Providers

    private func write(_ health: ProviderHealth, of snapshot: Snapshot, to json: inout JSONWriter) {
        let provider =
            snapshot.providers.first { $0.name == health.name }
            ?? snapshot.sought.first { $0.settings.name == health.name }?.providerIfFound
        json.object { json in
            json.field("status", health.status.rawValue)
            json.nullable("type", provider?.settings.type)
            json.seconds("latency_ms", health.latency.map { $0 * 1000 })
            json.field("breaker", health.breaker.rawValue)
            json.nullable("last_checked", health.lastChecked.map(Readiness.timestamp))
            json.nullable("error", health.error.map(snapshot.redactor.redact))
            if let provider { write(provider, to: &json) }
        }
    }

    private func write(_ provider: ConfiguredProvider, to json: inout JSONWriter) {
        let metrics = provider.metrics
        json.field("in_flight", Int(metrics.requestsInFlight.value))
        json.field("streams_in_flight", Int(metrics.streamsInFlight.value))
        json.field("queue_depth", Int(metrics.queueDepth.value))
        json.object("connections") { json in
            json.field("idle", Int(metrics.idleConnections.value))
            json.field("active", Int(metrics.activeConnections.value))
        }
        json.object("api_keys") { json in
            json.field("count", provider.settings.apiKeys.count)
            json.field("resting", provider.restingCredentials)
        }
        let standings = watch.targets.standings(of: provider.name, at: Instant.now)
        json.array("targets", standings) { target, json in
            json.object { json in
                json.field("model", target.model)
                json.field("breaker", target.breaker.phase.name)
                json.seconds("retry_after_seconds", target.breaker.retryAfter)
                json.field("in_flight", target.inFlight)
            }
        }
    }
}
