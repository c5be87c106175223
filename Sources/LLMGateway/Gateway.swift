import CoreMetrics
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
public import WireFormats

/// The gateway: a configuration in, a running server out.
///
/// The only place that sees every room. It makes the loops, the registry and the listeners, swaps configurations, and
/// ends in order.
public final class Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let reload: @Sendable () throws(ConfigurationError) -> GatewayConfiguration
    private let types: [any Provider.Type]
    private let formats: [any WireFormat]
    private let hasLibraryMetrics: Bool
    private let output: LogOutput
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    /// What there is while the gateway runs.
    private struct Running: Sendable {
        let watcher: ConfigurationWatcher
        let port: Int
        let metricsPort: Int
    }

    /// A gateway that is ready to run.
    ///
    /// - Parameters:
    ///   - configuration: What it starts with.
    ///   - providers: The types of providers that there are: `.builtIn + [Mine.self]`. The configuration must know their
    ///     kinds.
    ///   - formats: The formats that clients and providers may speak.
    ///   - hasLibraryMetrics: Whether what libraries report by swift-metrics is shown beside the gateway's own metrics. Takes
    ///     over `MetricsSystem`, which a process can set up only once: not for a program that does so itself.
    ///   - reload: Reads the configuration anew, when the file has changed or on ``reloadConfiguration()``. By default
    ///     the configuration that it started with.
    public init(
        _ configuration: GatewayConfiguration, providers: [any Provider.Type] = .builtIn,
        formats: [any WireFormat] = .builtIn, hasLibraryMetrics: Bool = false,
        reload: (@Sendable () throws(ConfigurationError) -> GatewayConfiguration)? = nil
    ) {
        (self.configuration, types, self.formats) = (configuration, providers, formats)
        self.hasLibraryMetrics = hasLibraryMetrics
        self.reload = reload ?? { () throws(ConfigurationError) in configuration }
        let log = configuration.settings.log
        output = LogOutput(
            LogSink(), format: log.format == .json ? .json : .text,
            level: Logger.Level(rawValue: log.level.rawValue) ?? .info)
        logger = output.logger("gateway")
    }

    /// Serves until `stop` returns, then finishes what is under way and returns.
    ///
    /// - Parameters:
    ///   - onStart: Called once both ports listen, with their numbers.
    ///   - stop: Returns when the gateway shall stop: on a signal, say.
    /// - Throws: ``PortInUse``, ``ConfigurationError``, or what the system says of an address that can't be had.
    public func run(
        onStart: @Sendable (_ port: Int, _ metricsPort: Int) -> Void = { _, _ in },
        until stop: @Sendable () async -> Void
    ) async throws {
        let loops = Self.threads(configuration.settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        do {
            try await serve(on: group, loops: loops, onStart: onStart, until: stop)
        } catch {
            // Nothing of a start that failed goes on: the program that embeds the gateway may try again.
            _ = await output.sink.flush(within: .seconds(2))
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func serve(
        on group: MultiThreadedEventLoopGroup, loops: Int,
        onStart: @Sendable (_ port: Int, _ metricsPort: Int) -> Void, until stop: @Sendable () async -> Void
    ) async throws {
        let settings = configuration.settings
        let registry = MetricRegistry(loops: loops, maxSeries: settings.metrics.maxSeries)
        let sink = output.sink
        let build = GatewayMetrics.Build(version: Version.current, swift: Version.swift, commit: Version.commit)
        let served = formats.filter { !$0.endpoints.isEmpty }
        let metrics = await registry.gatewayMetrics(formats: served.map(\.id.name), build: build) { sink.dropped }
        if hasLibraryMetrics { await Self.bootstrapMetrics(registry) }

        let via = Self.newVia()
        let traces = TraceExport(metrics, on: registry.sharedShard, instance: via, logger: logger)
        let surroundings = Snapshot.Surroundings(
            types: types, formats: formats, metrics: metrics, log: output, via: via, spans: traces.queue)
        let snapshot = try Snapshot(configuration, generation: 1, in: surroundings)
        metrics.configGeneration.set(1)
        for warning in configuration.warnings { logger.warning("configuration", metadata: ["warning": "\(warning)"]) }

        let concurrency = settings.resilience.concurrency
        let openFiles = ConnectionAllowance.openFileLimit
        let allowance = ConnectionAllowance(openFiles: openFiles)
        let limits = UpstreamPool.Limits(
            queue: concurrency.queue, queueWait: concurrency.queueWait, allowance: allowance)
        let shared = try openRedis(settings, on: group.next(), metrics)
        let memory = OpaqueStateMemory(sharedIn: shared?.callStates)
        let keys = KeyRing(settings, metrics: metrics, logger: logger)
        let states = group.makeIterator().enumerated().map { index, eventLoop in
            LoopState(
                Loop(eventLoop, index: index, poolLimits: limits, proxy: Self.proxy(settings.egress)),
                shard: registry.shard(ofLoop: index), snapshot: snapshot, memory: memory, keys: keys,
                sharedLimits: shared?.limits, remembers: max(1, LoopState.remembered / loops))
        }
        let watch = ProviderWatch(surroundings.healths)
        let answers = FixedAnswers(watch: watch, registry: registry)
        await shared?.start { keys.divide(among: $0) }
        let kept = KeptState(settings, keys, sharedIn: shared, loops: loops, logger: logger)
        await kept.load()
        let stats = StatsKeeper(metrics)
        let desk = AdminDesk(
            endpoints: kept.adminKeys.endpoints + [
                DebugHealth(
                    watch: watch, metrics: metrics, log: sink, database: kept.database, shared: shared, loops: loops
                ).endpoint,
                DebugLogs(output: output).endpoint, DebugModels().endpoint, DebugStats(keeper: stats).endpoint,
                RequestExplanations(states: states).endpoint,
            ])
        let pipeline = Pipeline(
            states: states, metrics: metrics, health: watch, fixedAnswers: answers, stored: kept.stored, admin: desk,
            via: surroundings.via, finished: kept.finished)
        await Self.measure(states, metrics)
        traces.follow(settings.tracing, on: states[0].loop)
        traces.bootstrap()

        let prober = Prober(loops: states, watch: watch, logger: logger) { listed in
            for state in states { state.loop.eventLoop.execute { state.take(listed) } }
        }
        // Before anyone can be served: a file that changes from now on is noticed.
        let watcher = watchConfiguration(
            surroundings, states, kept, traces, watch, prober, metrics, on: registry.sharedShard)
        let (listener, metricsListener): (Listener, Listener)
        do {
            listener = try await listen(
                try proxyPort(settings, allowance), in: "server", group: group, states: states, responder: pipeline)
            do {
                metricsListener = try await listen(
                    metricsPort(settings, openFiles: openFiles), in: "metrics", group: group, states: states,
                    responder: MetricsPort(states: states, answers: answers))
            } catch {
                await listener.stop()
                throw error
            }
        } catch {
            await shared?.stop()
            throw error
        }

        begin(watch, prober, snapshot)
        let watching = Task { await watcher.run() }
        let keeping = Task { await kept.run() }
        let reckoning = Task { await stats.run() }
        let tracing = Task { await traces.run() }
        running.withLock { $0 = Running(watcher: watcher, port: listener.port, metricsPort: metricsListener.port) }
        logStart(snapshot, isOpen: keys.isOpen, port: listener.port, metricsPort: metricsListener.port)
        if allowance.clients < settings.server.maxConnections {
            logger.warning(
                "the limit of open files allows fewer connections than server.max_connections",
                metadata: [
                    "open_files": "\(openFiles)", "connections": "\(allowance.clients)",
                    "max_connections": "\(settings.server.maxConnections)",
                ])
        }
        onStart(listener.port, metricsListener.port)

        await stop()

        watching.cancel()
        reckoning.cancel()
        logger.info("stopping")
        // As it was configured last.
        let snapshotInForce = try? await states.first?.loop.eventLoop.submit { states.first?.snapshot }.get()
        let server = snapshotInForce?.settings.server ?? settings.server
        let end = Instant.now + server.drainDelay + server.shutdownGrace
        await Shutdown(states: states, watch: watch, listener: listener).run(server)
        prober.stop()
        await traces.stop(tracing, within: max(.seconds(1), min(.seconds(5), end - .now)))
        await metricsListener.stop()
        keeping.cancel()
        await kept.flush()
        await shared?.stop()
        logger.info("stopped")
        _ = await sink.flush(within: .seconds(2))
        for state in states { try? await state.loop.eventLoop.submit { state.loop.closeAll() }.get() }
    }

    /// Reads the configuration anew and swaps it in; a bad one is logged and counted, and the old one stays.
    public func reloadConfiguration() async {
        _ = await running.withLock { $0 }?.watcher.reload()
    }

    // MARK: Starting

    /// What replicas share; nil: there is one replica, or each goes by itself.
    private func openRedis(
        _ settings: GatewaySettings, on eventLoop: any EventLoop, _ metrics: GatewayMetrics
    ) throws(ConfigurationError) -> RedisStore? {
        guard let address = settings.redis.address else { return nil }
        return try RedisStore(
            address, longestReply: settings.server.maxBodyBytes + 1 << 20, on: eventLoop,
            degraded: metrics.storeDegraded, logger: logger)
    }

    private static func proxy(_ egress: EgressSettings) -> ForwardProxy? {
        guard let proxy = egress.proxy else { return nil }
        let direct = DirectPlaces(egress.direct)
        return ForwardProxy(
            host: proxy.host, port: proxy.port, authorization: proxy.authorization?.reveal(), isDirect: direct.holds)
    }

    /// The proxy port's. Clients' connections draw on the allowance.
    private func proxyPort(_ settings: GatewaySettings, _ allowance: ConnectionAllowance) throws -> Listener.Settings {
        let server = settings.server
        return Listener.Settings(
            host: server.host, port: server.port, maxConnections: min(server.maxConnections, allowance.clients),
            allowance: allowance, limits: Self.limits(server, maxBodyBytes: server.maxBodyBytes),
            tls: try configuration.serverTLS(), countsClients: true)
    }

    /// The metrics port's, which has connections of its own.
    private func metricsPort(_ settings: GatewaySettings, openFiles: Int) -> Listener.Settings {
        Listener.Settings(
            host: settings.metrics.host, port: settings.metrics.port,
            maxConnections: ConnectionAllowance.metricsConnections(openFiles: openFiles), allowance: nil,
            limits: Self.limits(settings.server, maxBodyBytes: 1024), tls: nil, countsClients: false)
    }

    private static func limits(_ server: ServerSettings, maxBodyBytes: Int) -> ServerLimits {
        var limits = ServerLimits()
        limits.headerTimeout = TimeAmount(server.headerTimeout)
        limits.bodyTimeout = TimeAmount(server.bodyTimeout)
        limits.keepAliveTimeout = TimeAmount(server.keepAliveTimeout)
        limits.maxBodyBytes = maxBodyBytes
        return limits
    }

    /// - Parameter section: Of the configuration, where the address is written.
    private func listen(
        _ port: Listener.Settings, in section: String, group: any EventLoopGroup, states: [LoopState],
        responder: any RequestResponder
    ) async throws -> Listener {
        do {
            return try await Listener.start(port, group: group, loops: states.map(\.loop), responder: responder)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PortInUse(host: port.host, port: port.port)
        } catch {
            throw configuration.unusableAddress(port.host, port.port, in: section, error) ?? error
        }
    }

    /// Has what libraries report through swift-metrics shown beside the gateway's own. With several gateways in one process
    /// the first has it.
    private static func bootstrapMetrics(_ registry: MetricRegistry) async {
        let isFirst = hasBootstrapped.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        MetricsSystem.bootstrap(factory)
    }

    private static let hasBootstrapped = Mutex(false)

    private static func measure(_ states: [LoopState], _ metrics: GatewayMetrics) async {
        for state in states {
            let lag = metrics.eventLoopLag.series(LoopLabels(loop: state.loop.index))
            let shard = state.shard
            try? await state.loop.eventLoop.submit {
                state.loop.timers.onTick = { lag.observe($0, on: shard) }
                state.loop.onClientCount = { metrics.clientConnections.add(Int64($0), on: shard) }
            }.get()
            let counts = ConnectionCounts(state)
            state.loop.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in counts.report() }
        }
    }

    /// A name of this very process in `via`; replicas have others.
    private static func newVia() -> String {
        "llm-gateway-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    private func logStart(_ snapshot: Snapshot, isOpen: Bool, port: Int, metricsPort: Int) {
        let settings = snapshot.settings
        let enabled = snapshot.providers.map(\.name).joined(separator: ",")
        logger.info(
            "listening",
            metadata: [
                "address": "\(settings.server.host):\(port)", "metrics": "\(settings.metrics.host):\(metricsPort)",
                "providers": "\(enabled)", "configuration": "\(snapshot.configuration.path ?? "built-in defaults")",
                "version": "\(Version.current)",
            ])
        guard isOpen else { return }
        logger.notice("the gateway is open: whoever reaches its port may call it")
        if !["127.0.0.1", "::1", "localhost"].contains(settings.server.host) {
            logger.warning("open on an address other than loopback", metadata: ["host": "\(settings.server.host)"])
        }
    }

    // MARK: Reloading

    private func begin(_ watch: ProviderWatch, _ prober: Prober, _ snapshot: Snapshot) {
        let ordinals = snapshot.settings.providers.indices
        let health = ordinals.map { ordinal in
            let settings = snapshot.settings.providers[ordinal]
            let provider = snapshot.providers.first { $0.ordinal == ordinal }
            let isSought = snapshot.sought.contains { $0.ordinal == ordinal }
            return ProviderHealth(
                name: settings.name, presence: provider != nil ? .enabled : isSought ? .found : .disabled,
                isRequired: settings.probe.required, isInProcess: provider?.isInProcess ?? false,
                isSimulated: settings.type == SimulatedProvider.kind.name)
        }
        watch.watch(
            health, probing: Set(snapshot.providers.filter { !$0.isInProcess }.map(\.ordinal)))
        for provider in snapshot.providers where provider.isInProcess {
            provider.metrics.up.set(1)
        }
        prober.start(snapshot)
    }

    private func watchConfiguration(
        _ surroundings: Snapshot.Surroundings, _ states: [LoopState], _ kept: KeptState, _ traces: TraceExport,
        _ watch: ProviderWatch, _ prober: Prober, _ metrics: GatewayMetrics, on shard: Shard
    ) -> ConfigurationWatcher {
        let current = Mutex((configuration: configuration, generation: 1))
        let (logger, output) = (logger, output)
        return ConfigurationWatcher(current: configuration, load: reload) { outcome in
            do throws(ConfigurationError) {
                let new = try outcome.get()
                let (old, generation) = current.withLock { ($0.configuration, $0.generation + 1) }
                let snapshot = try Snapshot(new, generation: generation, in: surroundings)
                current.withLock { $0 = (new, generation) }
                output.level = Logger.Level(rawValue: new.settings.log.level.rawValue) ?? .info
                // Counted before anybody can see it in force.
                metrics.configReloads.series(ReloadLabels(result: .success)).add(on: shard)
                metrics.configGeneration.set(Double(generation))
                let wasOpen = kept.keys.isOpen
                kept.follow(new.settings)
                traces.follow(new.settings.tracing, on: states[0].loop)
                let listed = prober.serve(snapshot)
                for state in states { state.loop.eventLoop.execute { state.use(snapshot, listed) } }
                if wasOpen != kept.keys.isOpen {
                    logger.notice(wasOpen ? "the gateway asks for a key now" : "the gateway is open now")
                }
                snapshot.takeOver(on: shard)
                self.begin(watch, prober, snapshot)
                for warning in new.warnings { logger.warning("configuration", metadata: ["warning": "\(warning)"]) }
                for key in GatewayConfiguration.restartRequired(from: old, to: new, running: self.configuration) {
                    logger.warning("a changed setting needs a restart", metadata: ["setting": "\(key)"])
                }
                logger.info("configuration reloaded", metadata: ["generation": "\(generation)"])
            } catch {
                metrics.configReloads.series(ReloadLabels(result: .failure)).add(on: shard)
                for problem in error.problems {
                    logger.error("configuration refused, the old one stays", metadata: ["problem": "\(problem)"])
                }
            }
        }
    }
}
