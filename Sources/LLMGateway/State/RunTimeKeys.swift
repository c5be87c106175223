import Logging
import Synchronization

/// The keys that were made at run time, as this process knows them. It follows the store, where other processes make keys
/// and take them away too.
final class RunTimeKeys: Sendable {
    let store: any RunTimeKeyStore
    private let logger: Logger
    private let apply: @Sendable ([ClientKey]) -> Void
    private let state = Mutex(State())

    private struct State {
        /// nil: the store was never read.
        var known: [RunTimeKey]?
        var readings = 0
        /// Which reading ``known`` comes from: what an earlier one brings is no news.
        var newest = 0
        /// Whether the operator was told that the store can't be read.
        var isBehind = false
    }

    /// How long another process's change may go unnoticed, at most, with a store that answers.
    private static let pause: Duration = .milliseconds(500)

    /// - Parameter apply: Takes over all keys: once they are known, and whenever there are others than before. Called by one at a time.
    init(_ store: any RunTimeKeyStore, logger: Logger, apply: @escaping @Sendable ([ClientKey]) -> Void) {
        (self.store, self.logger, self.apply) = (store, logger, apply)
    }

    /// Takes over what the store has at this moment.
    func refresh() async throws(StateUnavailable) {
        let reading = state.withLock { state in
            state.readings += 1
            return state.readings
        }
        let entries = try await store.entries()
        state.withLock { state in
            guard reading > state.newest else { return }
            state.newest = reading
            guard entries != state.known else { return }
            state.known = entries
            apply(entries.map(ClientKey.init))
        }
    }

    /// Goes on looking for what others change, until the task is cancelled. While the store can't be read, the keys stay as
    /// they are.
    func follow() async {
        while !Task.isCancelled {
            // A store can't tell of changes by itself: it is asked, off the loops that serve.
            try? await Task.sleep(for: Self.pause)
            let trouble: StateUnavailable?
            do throws(StateUnavailable) {
                try await refresh()
                trouble = nil
            } catch {
                trouble = error
            }
            let hasChanged = state.withLock { state in
                defer { state.isBehind = trouble != nil }
                return state.isBehind != (trouble != nil)
            }
            guard hasChanged else { continue }
            if let trouble {
                logger.error(
                    "the keys made at run time can't be read; they stay as they are",
                    metadata: ["reason": "\(trouble.reason)"])
            } else {
                logger.notice("the keys made at run time are followed again")
            }
        }
    }
}
