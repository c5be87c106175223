import NIOCore
import Synchronization

/// A fetched credential, kept ready for all loops: the shell of ``CredentialRenewal``.
///
/// Nothing runs while nobody asks: whoever has to sign starts the next fetch when it is time, and only the first of all
/// waits for one. Probes sign as calls do, so that a provider in use always has one in time.
final class KeptCredential<Source: CredentialSource>: Sendable {
    let source: Source
    private let state = Mutex(State())

    private struct State {
        var renewal = CredentialRenewal()
        var held: Source.Credential?
        var failure: UnavailableCredential?
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    init(_ source: Source) {
        self.source = source
    }

    /// Sees to it that something is held. Returns at once while it is, and soon after `limit` in any case.
    func prepare(on loop: Loop, within limit: Duration) async {
        let decision = state.withLock { $0.renewal.decide(at: .now) }
        switch decision {
        case .use, .refuse: return
        case .useAndFetch: fetch(on: loop, within: limit)
        case .fetch:
            fetch(on: loop, within: limit)
            await waitForFetch()
        case .wait: await waitForFetch()
        }
    }

    /// What is held.
    ///
    /// - Throws: Why nothing is.
    func current() throws(UnavailableCredential) -> Source.Credential {
        let (held, failure) = state.withLock { state in
            (state.renewal.holds(at: .now) ? state.held : nil, state.failure)
        }
        if let held { return held }
        throw failure ?? UnavailableCredential(fault: .unreachable, reason: "no credential has been fetched yet")
    }

    /// The provider refused what is held.
    ///
    /// - Returns: Whether a newer one will be fetched for the next request.
    func wasRefused() -> Bool {
        state.withLock { $0.renewal.refused(at: .now) }
    }

    /// Ends with a result within `limit`, whatever the source does: each of its requests is cut to that.
    private func fetch(on loop: Loop, within limit: Duration) {
        Task(executorPreference: loop.executor) {
            let outcome: Result<FetchedCredential<Source.Credential>, UnavailableCredential>
            do throws(UnavailableCredential) {
                outcome = .success(try await self.source.fetch(by: CredentialClient(loop, within: limit)))
            } catch {
                outcome = .failure(error)
            }
            self.settle(outcome)
        }
    }

    private func settle(_ outcome: Result<FetchedCredential<Source.Credential>, UnavailableCredential>) {
        let draw = Double.random(in: 0..<1)
        let waiting = state.withLock { state in
            switch outcome {
            case .success(let fetched):
                state.renewal.fetched(lifetime: fetched.lifetime, at: .now, draw: draw)
                (state.held, state.failure) = (fetched.credential, nil)
            case .failure(let failure):
                state.renewal.failed(at: .now, draw: draw)
                state.failure = failure
            }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    private func waitForFetch() async {
        await withUnsafeContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.renewal.isFetching else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

/// What is held for all sources in use, over all configurations.
final class KeptCredentials: Sendable {
    private struct Entry: Sendable {
        weak var kept: (any AnyObject & Sendable)?
    }

    private let entries = Mutex<[Entry]>([])

    /// The one and only keeper of a source's credential; what the former configuration's held is still there.
    func credential<Source: CredentialSource>(from source: Source) -> KeptCredential<Source> {
        entries.withLock { entries in
            entries.removeAll { $0.kept == nil }
            for case let kept as KeptCredential<Source> in entries.map(\.kept) where kept.source == source {
                return kept
            }
            let made = KeptCredential(source)
            entries.append(Entry(kept: made))
            return made
        }
    }
}
