import Dispatch
import Foundation

/// The signals that the program answers to: SIGTERM and SIGINT stop it, SIGHUP reloads its configuration.
final class Signals: Sendable {
    private let stops: AsyncStream<Void>
    private let hangUps: AsyncStream<Void>
    // Kept for as long as the signals are to be noticed, and never touched again: that makes it safe to share.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        signal(SIGPIPE, SIG_IGN)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (hangUps, hangUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.stops, self.hangUps) = (stops, hangUps)
        sources = [(SIGTERM, stop), (SIGINT, stop), (SIGHUP, hangUp)].map { number, continuation in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
    }

    /// Returns at the first SIGTERM or SIGINT.
    func untilStop() async {
        for await _ in stops { return }
    }

    /// Calls `action` at each SIGHUP.
    func onHangUp(_ action: @escaping @Sendable () async -> Void) {
        let hangUps = hangUps
        Task {
            for await _ in hangUps { await action() }
        }
    }
}
