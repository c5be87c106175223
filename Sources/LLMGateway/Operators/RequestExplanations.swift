import NIOCore
import WireFormats

/// `GET /admin/requests/{id}`: why a request went as it did, of the last ones that ended. The id is what the client was told
/// in `x-request-id`.
struct RequestExplanations: Sendable {
    let states: [LoopState]

    var endpoint: AdminEndpoint { AdminEndpoint(.get, "/admin/requests/{id}", answer) }

    private func answer(_ request: AdminRequest) async throws(ChatFailure) -> AdminAnswer {
        let memories = await memories(of: request.subject)
        let found = memories.flatMap(\.found).sorted { ($0.ended.inSeconds) < ($1.ended.inSeconds) }
        guard let last = found.last else { throw unknown(request.subject, memories) }
        let explanation = RequestExplanation(of: last, earlier: found.count - 1)
        return .json(JSONWriter.write { json in explanation.write(to: &json) })
    }

    /// What one loop remembers.
    private struct Memory: Sendable {
        let found: [RecentRequest]
        let count: Int
        let oldest: WallClock?
    }

    /// Asks each loop in its turn. Nothing is locked: whoever asks waits, and not the requests.
    private func memories(of id: String) async -> [Memory] {
        var memories: [Memory] = []
        for state in states {
            let asking = state.loop.eventLoop.submit {
                let recent = state.recent
                return Memory(
                    found: recent.all.filter { $0.record.requestID == id }, count: recent.count,
                    oldest: recent.oldest?.ended)
            }
            // A loop that is shut down remembers nothing.
            if let memory = try? await asking.get() { memories.append(memory) }
        }
        return memories
    }

    private func unknown(_ id: String, _ memories: [Memory]) -> ChatFailure {
        let count = memories.reduce(0) { $0 + $1.count }
        let capacity = states.reduce(0) { $0 + $1.recent.capacity }
        var message = "No request '\(id.prefix(128))' is remembered. The last \(capacity) that ended are kept, "
        message += "each event loop keeping its share"
        if let oldest = memories.compactMap(\.oldest).min(by: { $0.inSeconds < $1.inSeconds }) {
            message += "; there are \(count), since \(Readiness.timestamp(oldest.milliseconds))"
        }
        return ChatFailure(
            status: 404, type: "invalid_request_error", code: "request_not_found",
            message: message + ". The log may have its line.")
    }
}
