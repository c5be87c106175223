import LLMGateway
import NIOCore
import NIOPosix
import Synchronization
import WireFormats

/// A gateway in this process, as a program that embeds it has one: nothing but what is public.
enum EmbeddedGateway {
    /// Runs a gateway while `work` goes on; `work` gets its port.
    static func run(
        _ yaml: String, providers: [any Provider.Type] = .builtIn, formats: [any WireFormat] = .builtIn,
        _ work: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let configuration = try GatewayConfiguration.load(
            yaml: "server: { port: 0, threads: 1 }\nmetrics: { port: 0 }\nlog: { level: error }\n" + yaml,
            types: providers.map { $0.kind }, formats: formats)
        let gateway = Gateway(configuration, providers: providers, formats: formats)
        let (ports, started) = AsyncStream<Int>.makeStream()
        let result = Mutex<Result<Void, any Error>>(.success(()))
        try await gateway.run(onStart: { port, _ in started.yield(port) }) {
            for await port in ports {
                do { try await work(port) } catch { result.withLock { $0 = .failure(error) } }
                return
            }
        }
        try result.withLock { $0 }.get()
    }
}
