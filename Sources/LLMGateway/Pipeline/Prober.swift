import Logging
import NIOCore
import Synchronization
import WireFormats

/// Asks each provider in the background whether it is there, and which models it has.
///
/// Goes through the same connections, credentials and TLS as calls do, never as part of one.
final class Prober: Sendable {
    private let loops: [LoopState]
    private let watch: ProviderWatch
    private let logger: Logger
    private let onListed: @Sendable (ListedModels) -> Void
    private let running = Mutex<[Task<Void, Never>]>([])
    private let lists = Mutex<[Int: [String]]>([:])

    /// A list of models is asked for anew after this long.
    private static let listLifetime = Duration.seconds(600)
    private static let largestAnswer = 16 << 20

    init(
        loops: [LoopState], watch: ProviderWatch, logger: Logger, onListed: @escaping @Sendable (ListedModels) -> Void
    ) {
        (self.loops, self.watch, self.logger, self.onListed) = (loops, watch, logger, onListed)
    }

    /// Probes the providers of `snapshot` from now on, and no others.
    func start(_ snapshot: Snapshot) {
        let providers = snapshot.providers
        lists.withLock { $0 = $0.filter { kept in providers.contains { $0.ordinal == kept.key } } }
        let tasks = providers.compactMap { provider -> Task<Void, Never>? in
            guard case .upstream(let site) = provider.kind else { return nil }
            let state = loops[provider.ordinal % loops.count]
            return Task(executorPreference: state.loop.executor) { await self.probe(provider, at: site, on: state) }
        }
        let former = running.withLock { running in
            defer { running = tasks }
            return running
        }
        for task in former { task.cancel() }
    }

    func stop() {
        for task in running.withLock({ $0 }) { task.cancel() }
    }

    private func probe(_ provider: ConfiguredProvider, at site: UpstreamSite, on state: LoopState) async {
        let settings = provider.settings.probe
        var random = SystemRandomNumberGenerator()
        var schedule = ProbeSchedule(every: settings.interval, from: .now)
        var listedAt: ContinuousClock.Instant?
        let listsModels = site.probeListsModels && provider.settings.models.isEmpty
        while !Task.isCancelled {
            if let success = watch.lastSuccess(of: provider.ordinal) { schedule.callSucceeded(at: success) }
            let isListOld = listsModels && (listedAt.map { .now - $0 > Self.listLifetime } ?? false)
            if case .wait(let until) = schedule.step(at: .now, using: &random), !isListOld {
                do { try await Task.sleep(until: until) } catch { return }
                continue
            }
            let start = ContinuousClock.now
            var outcome: Result<Duration, ProbeFailure>
            do throws(ProbeFailure) {
                let body = try await ask(provider, site, on: state)
                let latency = ContinuousClock.now - start
                outcome = .success(latency)
                provider.metrics.probeDuration.observe(latency / .seconds(1), on: state.shard)
                if listsModels {
                    listedAt = .now
                    keep(Self.models(in: body, as: site.formats.first), of: provider.ordinal)
                }
            } catch {
                outcome = .failure(error)
                provider.metrics.probeDuration.observe((ContinuousClock.now - start) / .seconds(1), on: state.shard)
            }
            guard !Task.isCancelled else { return }
            watch.probed(provider.ordinal, outcome)
            let isUp = (try? outcome.get()) != nil
            provider.metrics.up.set(isUp ? 1 : 0)
            if case .failure(let failure) = outcome {
                logger.debug(
                    "a provider is down", metadata: ["provider": "\(provider.name)", "reason": "\(failure.reason)"])
            }
        }
    }

    /// - Returns: The answer's body; empty for a status that shows life and nothing else.
    private func ask(
        _ provider: ConfiguredProvider, _ site: UpstreamSite, on state: LoopState
    ) async throws(ProbeFailure) -> ByteBuffer {
        let settings = provider.settings.probe
        let deadline = NIODeadline.now() + TimeAmount(settings.timeout)
        do throws(UpstreamError) {
            let connection: UpstreamConnection
            switch state.loop.upstreams.lease(site.origin) {
            case .open(let kept): connection = kept
            case .opening(let opening):
                try await opening.connected(within: settings.timeout, allBy: deadline)
                connection = opening
            case .queued(let waiter):
                waiter.cancel(.overloaded)
                return ByteBuffer()  // all connections are busy: it is very much alive
            case .refused: return ByteBuffer()
            }
            defer { connection.release() }
            var head = ByteBuffer(bytes: site.probeHead(credential: 0))
            head.writeStaticString("accept: application/json\r\n\r\n")
            connection.send(head, nil, isHead: false, firstByteWithin: settings.timeout, allBy: deadline)
            try await connection.receiveHead()
            let status = connection.status
            if status == 401 || status == 403 || status >= 500 { throw .malformed("answered with status \(status)") }
            let body = try await connection.collectBody(upTo: Self.largestAnswer, idleWithin: settings.timeout)
            return status == 200 ? body : ByteBuffer()
        } catch {
            throw ProbeFailure(reason: error.detail)
        }
    }

    private func keep(_ models: [String]?, of ordinal: Int) {
        guard let models else { return }
        let changed = lists.withLock { lists -> [Int: [String]]? in
            guard lists[ordinal] != models else { return nil }
            lists[ordinal] = models
            return lists
        }
        if let changed { onListed(ListedModels(changed)) }
    }

    /// The names in a list of models; nil for anything else.
    private static func models(in body: ByteBuffer, as format: (any WireFormat)?) -> [String]? {
        body.withUnsafeReadableBytes { bytes in
            let tape = JSONTape()
            defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
            return (try? tape.parse(bytes)).flatMap { format?.readModelList($0) }
        }
    }
}
