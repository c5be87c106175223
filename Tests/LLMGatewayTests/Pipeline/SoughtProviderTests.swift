import Logging
import NIOCore
import Synchronization
import Testing
import WireFormats

@testable import LLMGateway

/// Ollama where nobody configured it: what becomes of what answers at its address.
@Suite struct SoughtProviderTests {
    /// Ollama, with a usual address of the test's own.
    private struct NearbyOllama: UpstreamProvider {
        @TaskLocal static var port = 0
        static var kind: KnownProviderType {
            KnownProviderType(
                name: "ollama", baseURL: "http://127.0.0.1:\(port)", isBuiltInProvider: true, isSought: true)
        }
        static let formats: [FormatID] = [.ollama]
        static let needsCredential = false

        init(_ settings: ProviderSettings) {}

        func path(_ operation: WireFormats.Operation, format: FormatID, streams: Bool) -> String? {
            operation == .modelList ? "/api/tags" : "/api/chat"
        }
    }

    /// What answers at the address, as the test says.
    private final class Neighbour: Sendable {
        enum Manner: Sendable { case models([String]), gateway, other }
        private let state = Mutex((manner: Manner.other, asked: 0))

        var manner: Manner {
            get { state.withLock { $0.manner } }
            set { state.withLock { $0.manner = newValue } }
        }
        var asked: Int { state.withLock { $0.asked } }

        func answer(_ connection: ServerConnection) {
            let manner = state.withLock { state in
                state.asked += 1
                return state.manner
            }
            var models = ["tiny:latest"]
            switch manner {
            case .other: return connection.say(200, "<html>")
            case .models(let names): models = names
            case .gateway: break
            }
            connection.begin(status: 200)
            if case .gateway = manner { connection.write { $0.field(GatewayMark.header, "1") } }
            let list = models.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
            connection.finish(body: ByteBuffer(string: #"{"models":[\#(list)]}"#))
        }
    }

    /// A gateway's memory of what is there, kept up by a prober that looks every few milliseconds.
    private struct Surroundings {
        let neighbour: Neighbour
        let registry: MetricRegistry
        let snapshot: Snapshot
        let watch: ProviderWatch
        let listed: @Sendable () -> ListedModels

        var exposition: String {
            get async { String(decoding: await registry.exposition(accept: nil).1, as: UTF8.self) }
        }

        func route(_ model: String) -> String? { snapshot.routes.route(model, listed: listed()) }

        var status: String { String(decoding: watch.readiness.body, as: UTF8.self) }
    }

    private func withNeighbour(_ body: (Surroundings) async throws -> Void) async throws {
        let neighbour = Neighbour()
        let emptyFile = TemporaryFiles.file("")
        defer { TemporaryFiles.remove(emptyFile) }
        try await withServer(ServerLimits(), StubResponder { neighbour.answer($0) }) { port, loop in
            let registry = MetricRegistry(loops: 1)
            let snapshot = try await NearbyOllama.$port.withValue(port) {
                try await Snapshot.made(
                    from: try GatewayConfiguration.load(
                        commandLine: [:], environment: [:], path: emptyFile,
                        types: [.simulated, NearbyOllama.kind]),
                    types: [SimulatedProvider.self, NearbyOllama.self], in: registry)
            }
            let state = LoopState(
                loop, shard: registry.shard(ofLoop: 0), snapshot: snapshot, memory: OpaqueStateMemory(),
                keys: await keyRing(snapshot.settings))
            let watch = ProviderWatch()
            watch.watch(
                snapshot.settings.providers.map {
                    ProviderHealth(name: $0.name, presence: $0.name == "ollama" ? .found : .disabled)
                }, probing: [])
            let listed = Mutex(ListedModels.none)
            let prober = Prober(
                loops: [state], watch: watch, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                searchInterval: .milliseconds(20)
            ) { new in listed.withLock { $0 = new } }
            prober.start(snapshot)
            defer { prober.stop() }
            try await body(
                Surroundings(
                    neighbour: neighbour, registry: registry, snapshot: snapshot, watch: watch,
                    listed: { listed.withLock { $0 } }))
        }
    }

    @Test func `it serves the models that it lists while it is there, and is forgotten when it goes`() async throws {
        try await withNeighbour { here in
            try await eventually("some looks") { here.neighbour.asked > 3 }
            #expect(here.snapshot.sought.map(\.settings.name) == ["ollama"])
            #expect(here.snapshot.providers.map(\.name) == ["simulated"])
            #expect(
                here.snapshot.sought.first?.providerIfFound == nil
                    && here.route("tiny:latest")?.contains("ollama") != true)
            #expect(!(await here.exposition).contains(#"provider="ollama""#))
            #expect(here.status.contains(#""ollama":{"status":"disabled""#))

            here.neighbour.manner = .models(["tiny:latest", "other:1b"])
            try await eventually("its models") { here.listed().names == ["tiny:latest", "other:1b"] }
            #expect(
                here.route("tiny:latest") == "ollama:tiny:latest by listed"
                    && here.route("tiny") == "ollama:tiny by listed")
            #expect(here.route("ollama/other:1b") == "ollama:other:1b by pinnedByName")
            #expect(here.route("unlisted") == "simulated:unlisted by onlyProvider")
            try await eventually("that it is up") { here.status.contains(#""ollama":{"status":"up""#) }
            #expect((await here.exposition).contains(#"llm_gateway_provider_up{provider="ollama"} 1"#))

            here.neighbour.manner = .models(["tiny:latest"])
            try await eventually("a shorter list") { here.listed().names == ["tiny:latest"] }

            here.neighbour.manner = .other
            try await eventually("that it is gone") { here.listed().names.isEmpty }
            #expect(here.route("tiny:latest") == "simulated:tiny:latest by onlyProvider")
            try await eventually("that nobody speaks of it") {
                let exposition = await here.exposition
                return !exposition.contains(#"llm_gateway_provider_up{provider="ollama"}"#)
                    && here.status.contains(#""ollama":{"status":"disabled""#)
            }

            here.neighbour.manner = .models(["back"])
            try await eventually("its return") { here.listed().names == ["back"] }
            try await eventually("that it shows") {
                await here.exposition.contains(#"llm_gateway_provider_up{provider="ollama"} 1"#)
            }
        }
    }

    @Test func `a gateway that speaks the same API is not taken for it`() async throws {
        try await withNeighbour { here in
            here.neighbour.manner = .gateway
            let asked = here.neighbour.asked
            try await eventually("some looks") { here.neighbour.asked > asked + 3 }
            #expect(here.listed().names.isEmpty && here.snapshot.sought.first?.providerIfFound == nil)
        }
    }

    @Test func `named or switched off, it is not looked for`() async throws {
        for yaml in [
            "providers: { ollama: {} }", "providers: { ollama: { enabled: false } }",
            "routing: { default_provider: ollama }", "models: { m: { targets: [{ provider: ollama, model: n }] } }",
        ] {
            #expect(try await Snapshot.made(from: yaml).sought.isEmpty, "\(yaml)")
        }
        #expect(try await Snapshot.made(from: "", ["OLLAMA_HOST": "gpu"]).sought.isEmpty)
        #expect(
            try await Snapshot.made(from: "providers: { openai: { api_key: k } }").sought.map(\.settings.name) == [
                "ollama"
            ])
    }
}
