import NIOCore

extension CallTimes {
    /// Calls `body` with each phase that took any time.
    func forEach(_ body: (Phase, TimeAmount) -> Void) {
        let all: [(Phase, TimeAmount)] = [
            (.receive, receive), (.auth, auth), (.admit, admit), (.translate, translate + pictures), (.queue, queue),
            (.backoff, backoff), (.connect, connect), (.upstreamFirstByte, firstByte), (.upstreamStream, self.body),
            (.clientStall, clientStall),
        ]
        for (phase, time) in all where time > .zero { body(phase, time) }
    }
}
