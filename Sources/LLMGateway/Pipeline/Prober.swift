import Logging
import NIOCore
import Synchronization
import WireFormats

/// Asks each provider in the background whether it is there, and which models it has.
///
/// Goes through the same connections, credentials and TLS as calls do, never as part of one. Looks as well for providers
/// that nobody configured (``SoughtProvider``).
final class Prober: Sendable {
    private let loops: [LoopState]
    private let watch: ProviderWatch
    private let logger: Logger
    /// How often it is looked for a provider that nobody configured.
    private let searchInterval: Duration
    private let onListed: @Sendable (ListedModels) -> Void
    private let running = Mutex<[Task<Void, Never>]>([])
    private let lists = Mutex(ModelLists())

    /// A list of models is asked for anew after this long.
    private static let listLifetime = Duration.seconds(600)
    private static let largestAnswer = 16 << 20

    init(
        loops: [LoopState], watch: ProviderWatch, logger: Logger, searchInterval: Duration = .seconds(15),
        onListed: @escaping @Sendable (ListedModels) -> Void
    ) {
        (self.loops, self.watch, self.logger) = (loops, watch, logger)
        (self.searchInterval, self.onListed) = (searchInterval, onListed)
    }

    /// Takes over a configuration's providers.
    ///
    /// - Returns: What those that were there before have said.
    func serve(_ snapshot: Snapshot) -> ListedModels {
        let ordinals =
            snapshot.providers.map { ($0.name, $0.ordinal) } + snapshot.sought.map { ($0.settings.name, $0.ordinal) }
        return lists.withLock { lists in
            lists.serve(Dictionary(ordinals) { first, _ in first }, generation: snapshot.generation)
            return lists.listed
        }
    }

    /// Probes the providers of `snapshot` from now on, and no others.
    func start(_ snapshot: Snapshot) {
        onListed(serve(snapshot))
        var tasks = snapshot.providers.compactMap { provider -> Task<Void, Never>? in
            guard case .upstream(let site) = provider.kind else { return nil }
            let state = loops[provider.ordinal % loops.count]
            return Task(executorPreference: state.loop.executor) { await self.probe(provider, at: site, on: state) }
        }
        tasks += snapshot.sought.map { sought in
            let state = loops[sought.ordinal % loops.count]
            return Task(executorPreference: state.loop.executor) { await self.seek(sought, on: state) }
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
        var listedAt: Instant?
        let listsModels = site.probeListsModels && provider.settings.models.isEmpty
        while !Task.isCancelled {
            if let success = watch.lastSuccess(of: provider.ordinal) { schedule.callSucceeded(at: success) }
            let isListOld = listsModels && (listedAt.map { .now - $0 > Self.listLifetime } ?? false)
            if case .wait(let until) = schedule.step(at: .now, using: &random), !isListOld {
                do { try await Task.sleep(for: until - .now) } catch { return }
                continue
            }
            // Asked for once: an answer that doesn't come is no reason to ask at once again.
            if isListOld { listedAt = .now }
            let start = Instant.now
            var outcome: Result<Duration, ProbeFailure>
            do throws(UpstreamError) {
                let credential = provider.probeCredential
                let answer = try await ask(site, settings, credential: credential, on: state)
                let latency = Instant.now - start
                outcome = .success(latency)
                provider.metrics.probeDuration.observe(latency.inSeconds, on: state.shard)
                if listsModels {
                    listedAt = .now
                    if let models = answer?.models(at: site) { keep(models, of: provider.name) }
                }
            } catch {
                outcome = .failure(ProbeFailure(reason: error.detail))
                provider.metrics.probeDuration.observe((Instant.now - start).inSeconds, on: state.shard)
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

    /// What a probe brought.
    private struct Answer {
        let status: Int
        let body: ByteBuffer
        /// Whether it comes from a gateway such as this one.
        let isGateways: Bool

        /// The models in a list of them; nil for anything else.
        func models(at site: UpstreamSite) -> ModelLists.Given? {
            guard status == 200, let format = site.formats.first else { return nil }
            let tape = JSONTape()
            defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
            let names = body.withUnsafeReadableBytes { bytes in
                (try? tape.parse(bytes)).flatMap { format.readModelList($0) }
            }
            return names.map { ModelLists.Given(names: $0, otherNames: $0.compactMap(format.otherName(ofListed:))) }
        }
    }

    /// - Parameter credential: Which one to ask with; nil: the provider gets its clients' own, and none of the gateway's.
    /// - Returns: nil where all connections are busy, which shows life too.
    private func ask(
        _ site: UpstreamSite, _ settings: ProviderSettings.Probe, credential: Int? = 0, on state: LoopState
    ) async throws(UpstreamError) -> Answer? {
        let request = try await request(to: site, settings, credential: credential ?? 0, on: state)
        let answer: WholeAnswer
        do throws(UpstreamError) {
            answer = try await state.loop.upstreams.ask(
                site.origin, request, within: settings.timeout, upTo: Self.largestAnswer, reading: GatewayMark.header)
        } catch {
            if case .overloaded = error { return nil }
            throw error
        }
        let isRefused = answer.status == 401 || answer.status == 403
        if isRefused { _ = site.signing(credential: credential ?? 0)?.wasRefused() }
        if isRefused && credential != nil || answer.status >= 500 {
            throw .malformed("answered with status \(answer.status)")
        }
        return Answer(status: answer.status, body: answer.body, isGateways: answer.header != nil)
    }

    private func request(
        to site: UpstreamSite, _ settings: ProviderSettings.Probe, credential: Int, on state: LoopState
    ) async throws(UpstreamError) -> ByteBuffer {
        let head = site.probeHead(credential: credential)
        var request = ByteBuffer(bytes: head)
        if let signing = site.signing(credential: credential) {
            await signing.prepare(on: state.loop, within: settings.timeout)
            do throws(UnavailableCredential) {
                let signature = try signing.lines(head, body: UnsafeRawBufferPointer(start: nil, count: 0))
                request.writeHead(guess: 4096) { lines in for (name, value) in signature { lines.line(name, value) } }
            } catch {
                // Why is for the log alone: anyone may read how providers are.
                logger.debug("no credential for a probe", metadata: ["reason": "\(error.reason)"])
                throw .malformed("no credential")
            }
        }
        request.writeStaticString("accept: application/json\r\n\r\n")
        return request
    }

    private func keep(_ models: ModelLists.Given?, of provider: String) {
        let changed = lists.withLock { $0.set(models, of: provider) ? $0.listed : nil }
        if let changed { onListed(changed) }
    }

    // MARK: Looking for what nobody configured

    private func seek(_ sought: SoughtProvider, on state: LoopState) async {
        let name = sought.settings.name
        var random = SystemRandomNumberGenerator()
        var search = ProviderSearch(models: lists.withLock { $0.names(of: name) })
        while !Task.isCancelled {
            let start = Instant.now
            let (sighting, models) = await look(for: sought, on: state)
            guard !Task.isCancelled else { return }
            switch sighting.map({ search.saw($0) }) {
            case .appear:
                logger.info("found a provider", metadata: ["provider": "\(name)"])
                sought.show(true)
                fallthrough
            case .changeModels:
                keep(models, of: name)
            case .vanish:
                logger.info("a provider that was found is gone", metadata: ["provider": "\(name)"])
                keep(nil, of: name)
                sought.show(false)
                watch.probed(sought.ordinal, .failure(ProbeFailure(reason: "gone")))
            case .stay, nil: break
            }
            if case .models = sighting {
                let latency = Instant.now - start
                sought.provider.metrics.probeDuration.observe(latency.inSeconds, on: state.shard)
                watch.probed(sought.ordinal, .success(latency))
            }
            // Nobody calls when a server appears: it is looked for now and then, by many gateways not all at once.
            let pause = searchInterval * Double.random(in: 0.8...1.2, using: &random)
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// - Returns: nil when it can't be told.
    private func look(
        for sought: SoughtProvider, on state: LoopState
    ) async -> (ProviderSearch.Sighting?, ModelLists.Given?) {
        do throws(UpstreamError) {
            guard let answer = try await ask(sought.site, sought.settings.probe, on: state) else { return (nil, nil) }
            guard !answer.isGateways, let models = answer.models(at: sought.site) else { return (.nobody, nil) }
            return (.models(models.names), models)
        } catch {
            if case .timedOut = error { return (.silence, nil) }
            return (.nobody, nil)
        }
    }
}
