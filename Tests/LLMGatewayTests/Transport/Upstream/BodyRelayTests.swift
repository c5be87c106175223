import NIOCore
import Synchronization
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct BodyRelayTests {
    /// Relays the body of one answer, which `script` gives, to `sink`.
    private func relay(
        to sink: StubSink, _ script: (RawSocket, Loop) async throws -> Void
    ) async throws -> (failure: UpstreamError?, counted: Counted) {
        var outcome: (UpstreamError?, Counted)?
        try await withLoop { loop in
            let server = try RawServer()
            let work = loop.start { loop -> UpstreamError? in
                let connection = try await loop.leased(server.origin)
                defer { connection.release() }
                sink.connection = connection
                connection.send(
                    ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), nil, isHead: false, firstByteWithin: .seconds(30),
                    allBy: .distantFuture)
                try await connection.receiveHead()
                do throws(UpstreamError) {
                    try await connection.relayBody(to: sink, idleWithin: .seconds(30))
                    return nil
                } catch {
                    return error
                }
            }
            let peer = try await server.accept()
            _ = try await peer.request()
            try await script(peer, loop)
            let failure = try await work.value
            if failure != nil { _ = try await peer.readToEnd() }
            // Later news of the connection's end must change nothing.
            try await Task.sleep(for: .milliseconds(20))
            outcome = (failure, try await loop.counted(server.origin))
            try await loop.run { _ in sink.connection = nil }
        }
        return try #require(outcome)
    }

    @Test func `the pieces of a read come as one, and pieces of later reads as they come`() async throws {
        let sink = StubSink()
        let outcome = try await relay(to: sink) { peer, _ in
            try await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n")
            try await eventually("the first piece") { sink.text == "abc" }
            try await peer.send("3\r\ndef\r\n")
            try await eventually("the second piece") { sink.text == "abcdef" }
            try await peer.send("0\r\n\r\n")
        }
        #expect(outcome.failure == nil)
        #expect(sink.pieces == ["abc", "def"])
        #expect(outcome.counted == Counted(idle: 1, active: 0))
    }

    @Test func `after each read but the last the sink is told that it is over`() async throws {
        let sink = StubSink()
        _ = try await relay(to: sink) { peer, _ in
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab")
            try await eventually("the first piece") { sink.text == "ab" && sink.ends == 1 }
            try await peer.send("cd")
            try await eventually("the second piece") { sink.text == "abcd" && sink.ends == 2 }
            try await peer.send("ef")
        }
        #expect(sink.text == "abcdef")
        #expect(sink.ends == 2)
    }

    @Test func `a sink that gives up at the last piece ends the connection, once`() async throws {
        for head in ["content-length: 4\r\n\r\nlast", "transfer-encoding: chunked\r\n\r\n4\r\nlast\r\n0\r\n\r\n"] {
            let sink = StubSink { sink in sink.connection?.cancel(.clientGone) }
            let outcome = try await relay(to: sink) { peer, _ in try await peer.send("HTTP/1.1 200 OK\r\n\(head)") }
            #expect(outcome.failure == .clientGone)
            #expect(outcome.counted == Counted(idle: 0, active: 0))
        }
    }

    @Test func `an upstream is not read while its reader can't keep up`() async throws {
        let sink = StubSink { sink in
            if !sink.hasPaused {
                sink.hasPaused = true
                sink.connection?.pause()
            }
        }
        let size = 20_000_000
        let outcome = try await relay(to: sink) { peer, loop in
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\nx")
            try await eventually("the pause") { sink.count >= 1 }
            // What the kernel takes, the connection leaves there.
            try await peer.send([UInt8](repeating: 120, count: 50_000))
            try await Task.sleep(for: .milliseconds(100))
            #expect(sink.count < 50_000)
            try await loop.run { _ in sink.connection?.resume() }
            try await peer.send([UInt8](repeating: 120, count: size - 50_001))
        }
        #expect(outcome.failure == nil)
        #expect(sink.count == size)
        #expect(outcome.counted == Counted(idle: 1, active: 0))
    }
}

/// Keeps what it is given. The connection is touched on its loop only: that is what makes it Sendable.
private final class StubSink: BodySink, @unchecked Sendable {
    private let state = Mutex<(pieces: [String], ends: Int, count: Int)>(([], 0, 0))
    private let onPiece: (StubSink) -> Void
    var connection: UpstreamConnection?
    var hasPaused = false

    init(_ onPiece: @escaping (StubSink) -> Void = { _ in }) { self.onPiece = onPiece }

    var pieces: [String] { state.withLock { $0.pieces } }
    var text: String { pieces.joined() }
    var ends: Int { state.withLock { $0.ends } }
    /// In bytes.
    var count: Int { state.withLock { $0.count } }

    func receive(_ piece: ByteBuffer) {
        state.withLock { state in
            if state.count < 1000 { state.pieces.append(String(buffer: piece)) }
            state.count += piece.readableBytes
        }
        onPiece(self)
    }

    func received() { state.withLock { $0.ends += 1 } }
}
