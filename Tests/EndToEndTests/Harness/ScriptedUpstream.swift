import Foundation
import Synchronization

/// A model server that does what the test's script says, and remembers what it was asked.
///
/// The script runs once per call, on the thread of the call's connection. Probes for the model list are answered here
/// and do not count as calls.
final class ScriptedUpstream: Sendable {
    let port: Int
    private let listener: Int32
    private let script: @Sendable (Call) throws -> Void
    private let state = Mutex(State())

    private struct State {
        var calls: [HTTPMessage] = []
        var connections = 0
        var isStopped = false
    }

    /// - Parameter answer: what every call is answered.
    convenience init(answering answer: String) throws {
        try self.init { try $0.answer(answer) }
    }

    init(_ script: @escaping @Sendable (Call) throws -> Void) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1024) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard bound else { throw Wire.Failure.system(errno) }
        port = Int(in_port_t(bigEndian: address.sin_port))
        Thread { [self] in acceptConnections() }.start()
    }

    /// Refuses new connections from now on.
    func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The calls so far, in the order of arrival.
    var calls: [HTTPMessage] { state.withLock { $0.calls } }
    var connections: Int { state.withLock { $0.connections } }

    /// Waits for the `number`th call, counted from 1.
    func call(_ number: Int, within limit: Duration = .seconds(5)) throws -> HTTPMessage {
        try eventually("call \(number) at the upstream", within: limit) {
            let calls = calls
            return calls.count >= number ? calls[number - 1] : nil
        }
    }

    private func acceptConnections() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            state.withLock { $0.connections += 1 }
            Thread { [self] in serve(Wire(adopting: descriptor)) }.start()
        }
    }

    private func serve(_ wire: Wire) {
        defer { wire.close() }
        var requestsBefore = 0
        while let request = try? wire.takeRequest(within: .seconds(60)) {
            let isProbe = request.path == "/" || request.path.contains("/models") || request.path.hasSuffix("/api/tags")
            if request.method == "GET", isProbe {
                guard (try? wire.send(Self.answerText("200 OK", [], #"{"object":"list","data":[]}"#))) != nil else {
                    return
                }
            } else {
                let number = state.withLock { state in
                    state.calls.append(request)
                    return state.calls.count
                }
                let call = Call(number: number, requestsBefore: requestsBefore, request: request, wire: wire)
                guard (try? script(call)) != nil, !call.isOver else { return }
            }
            requestsBefore += 1
        }
    }

    fileprivate static func answerText(_ status: String, _ headers: [String], _ body: String) -> String {
        (["HTTP/1.1 \(status)", "content-type: application/json", "content-length: \(body.utf8.count)"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}

/// One request at a ``ScriptedUpstream``, and the means to answer it well or badly.
final class Call {
    /// Counted from 1, over all connections.
    let number: Int
    /// Requests that the same connection carried before this one, probes included.
    let requestsBefore: Int
    let request: HTTPMessage
    let wire: Wire
    fileprivate private(set) var isOver = false

    fileprivate init(number: Int, requestsBefore: Int, request: HTTPMessage, wire: Wire) {
        (self.number, self.requestsBefore, self.request, self.wire) = (number, requestsBefore, request, wire)
    }

    func answer(_ body: String, status: String = "200 OK", headers: [String] = []) throws {
        try wire.send(ScriptedUpstream.answerText(status, headers, body))
    }

    func startStream(type: String = "text/event-stream", headers: [String] = []) throws {
        let head = ["HTTP/1.1 200 OK", "content-type: \(type)", "transfer-encoding: chunked"] + headers
        try wire.send(head.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// Sends these bytes as one chunk.
    func chunk(_ bytes: [UInt8]) throws {
        try wire.send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    func chunk(_ text: String) throws { try chunk(Array(text.utf8)) }

    /// Sends one event with this data.
    func event(_ data: String) throws { try chunk("data: \(data)\n\n") }

    func endStream() throws { try wire.send("0\r\n\r\n") }

    func close() {
        wire.close()
        isOver = true
    }

    func reset() {
        wire.reset()
        isOver = true
    }
}

/// Facts that an upstream's script passes to its test.
final class Notes<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }

    func first(_ what: String, within limit: Duration = .seconds(5)) throws -> Value {
        try eventually(what, within: limit) { all.first }
    }
}

/// Answers of OpenAI's chat API, as servers write them.
enum Wording {
    static func completion(_ text: String = "Hi!", model: String = "up-model") -> String {
        """
        {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"\(model)","choices":[{"index":0,\
        "message":{"role":"assistant","content":"\(text)","refusal":null},"logprobs":null,"finish_reason":"stop"}],\
        "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11},"x_unknown":{"kept":[1.50,"é"]}}
        """
    }

    static func delta(_ text: String) -> String {
        """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up-model","choices":[{"index":0,\
        "delta":{"content":"\(text)"},"finish_reason":null}]}
        """
    }

    static let finish = """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up-model","choices":[{"index":0,\
        "delta":{},"finish_reason":"stop"}]}
        """

    static let usage = """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"up-model","choices":[],\
        "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}
        """
}
