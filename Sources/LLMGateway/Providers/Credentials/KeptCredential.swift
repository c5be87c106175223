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
        var waiting: [Waiter] = []
    }

    /// Who waits for the fetch that is under way, or has given up meanwhile.
    private struct Waiter: Sendable {
        let eventLoop: any EventLoop
        let place: NIOLoopBound<LoopPause>
    }

    init(_ source: Source) {
        self.source = source
    }

    /// Sees to it that something is held. Returns at once while it is, and when `place` is over in any case.
    ///
    /// - Parameter limit: How long fetching may take: it is for everybody, however long this caller waits.
    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {
        let loop = place.loop
        let decision = state.withLock { $0.renewal.decide(at: .now) }
        switch decision {
        case .use, .refuse: return
        case .useAndFetch: fetch(on: loop, within: limit)
        case .fetch:
            fetch(on: loop, within: limit)
            await waitForFetch(at: place)
        case .wait: await waitForFetch(at: place)
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
        for waiter in waiting { waiter.eventLoop.execute { waiter.place.value.finish() } }
    }

    private func waitForFetch(at place: LoopPause) async {
        let eventLoop = place.loop.eventLoop
        let waiter = Waiter(eventLoop: eventLoop, place: NIOLoopBound(place, eventLoop: eventLoop))
        let isUnderWay = state.withLock { state in
            if state.renewal.isFetching { state.waiting.append(waiter) }
            return state.renewal.isFetching
        }
        if isUnderWay { await place.wait() }
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
