import Foundation
import Synchronization

/// What the ids of stored responses are sealed with: the secret of the configuration, else one that the store keeps.
final class ResponseSeals: Sendable {
    /// Keeps a secret where there is none.
    ///
    /// - Returns: The one that is kept: the same for all who share the store.
    typealias Keeping = @Sendable (_ new: Data) async throws(StateUnavailable) -> Data

    private let keep: Keeping
    private let state: Mutex<State>

    private struct State {
        /// What everyone who shares the secret can open.
        var lasting: ResponseSeal?
        /// Stands in while the store can't be used: what it seals, this process alone can open.
        var passing: ResponseSeal?
    }

    /// - Parameters:
    ///   - secret: `store.secret`; nil: made once, and kept in the store.
    ///   - keep: Asked only where the configuration has no secret.
    init(secret: Secret?, keep: @escaping Keeping) {
        self.keep = keep
        state = Mutex(State(lasting: secret.map { ResponseSeal(secret: Data($0.reveal().utf8)) }))
    }

    /// What to seal a new id with. Waits for the store the first time, if the configuration has no secret.
    func current() async -> ResponseSeal {
        if let lasting = state.withLock({ $0.lasting }) { return lasting }
        do throws(StateUnavailable) {
            let secret = try await keep(ResponseSeal.newSecret())
            let seal = ResponseSeal(secret: secret)
            state.withLock { $0.lasting = seal }
            return seal
        } catch {
            return state.withLock { state in
                let seal = state.passing ?? ResponseSeal(secret: ResponseSeal.newSecret())
                state.passing = seal
                return seal
            }
        }
    }

    /// What an id stands for; nil for one that nobody sealed, or that was sealed for another key.
    func open(_ id: String, for key: String) async -> ResponseName? {
        let seal = await current()
        if let name = seal.open(id, for: key) { return name }
        return state.withLock { $0.passing }?.open(id, for: key)
    }
}
