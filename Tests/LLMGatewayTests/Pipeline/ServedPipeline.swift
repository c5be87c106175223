import Logging
import NIOCore
import WireFormats

@testable import LLMGateway

/// Serves calls of models in this process: a whole pipeline on one loop, with a fetcher of pictures of the test's.
///
/// - Parameters:
///   - yaml: The configuration.
///   - remembers: How many requests can be explained.
///   - types: The types of providers that there are.
///   - spans: Where spans go.
///   - finished: Told what each call came to.
func withPipeline(
    _ yaml: String, pictures: PictureFetcher = PictureFetcher(tls: nil), remembers: Int = 100,
    types: [any Provider.Type] = .builtIn,
    spans: SpanQueue = SpanQueue { _ in },
    finished: (@Sendable (FinishedCall) -> Void)? = nil, _ body: (_ port: Int) async throws -> Void
) async throws {
    let registry = MetricRegistry(loops: 1)
    let formats: [any WireFormat] = .builtIn
    let metrics = await GatewayMetrics(
        in: registry, formats: formats.map(\.id.name), build: .init(version: "1", swift: "6", commit: "c"),
        logDropped: { 0 })
    let output = LogOutput(LogSink(descriptor: -1))
    let surroundings = Snapshot.Surroundings(
        types: types, formats: formats, metrics: metrics, log: output, via: "gw-test", spans: spans,
        makePictureFetcher: { pictures })
    let snapshot = try Snapshot(
        try GatewayConfiguration.load(yaml: yaml, environment: [:], types: types.map { $0.kind }), generation: 1,
        in: surroundings)
    let shard = registry.shard(ofLoop: 0)
    try await withLoop { loop in
        let keys = KeyRing(snapshot.settings, metrics: metrics, logger: output.logger("test"))
        let state = LoopState(
            loop, shard: shard, snapshot: snapshot, memory: OpaqueStateMemory(), keys: keys, remembers: remembers)
        let watch = ProviderWatch()
        let (stored, adminKeys) = nothingKept()
        var told: (@Sendable (FinishedCall, Int) -> Void)?
        if let finished { told = { call, _ in finished(call) } }
        let pipeline = Pipeline(
            states: [state], metrics: metrics, health: watch,
            fixedAnswers: FixedAnswers(watch: watch, registry: registry), stored: stored,
            admin: AdminDesk(endpoints: adminKeys.endpoints + [RequestExplanations(states: [state]).endpoint]),
            via: surroundings.via, finished: told)
        let listener = try await Listener.start(
            Listener.Settings(host: "127.0.0.1", port: 0, maxConnections: 100, limits: ServerLimits(), tls: nil),
            group: loop.eventLoop, loops: [loop], responder: pipeline)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(listener.port)) } catch { outcome = .failure(error) }
        await listener.stop()
        try outcome.get()
    }
}

/// What uses a store that is never opened: its folder can't be made.
private func nothingKept() -> (StoredResponses, AdminKeys) {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let database = StateDatabase(path: "/dev/null/store.sqlite", migrations: .all, logger: logger)
    let store = SQLiteKeyStore(database)
    let register = KeyRegister(
        store: store, ledger: Ledger(database, shards: 1, logger: logger), logger: logger)
    return (
        StoredResponses(database, secret: nil, logger: logger),
        AdminKeys(register: register, keys: RunTimeKeys(store, logger: logger) { _ in })
    )
}
