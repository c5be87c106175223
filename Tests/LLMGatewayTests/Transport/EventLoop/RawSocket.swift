import Glibc
import Synchronization

/// One end of a TCP connection, byte for byte. Waits without holding a thread, and never for ever.
final class RawSocket {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var wasReset = false
    private var isClosed = false

    static let patience = Duration.seconds(20)

    fileprivate init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        setOption(IPPROTO_TCP.asInt32, TCP_NODELAY, 1)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Connects to 127.0.0.1.
    ///
    /// - Parameter receiveBuffer: The kernel's, in bytes; a small one makes a slow reader felt sooner.
    init(to port: Int, receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        if let receiveBuffer { setOption(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        guard descriptor >= 0, withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else {
            throw SocketFailure(what: "connect", errno: errno)
        }
        setOption(IPPROTO_TCP.asInt32, TCP_NODELAY, 1)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        hasEnded = true  // its number may be another socket's from now on
        _ = Glibc.close(descriptor)
    }

    /// Sends no more, and still reads.
    func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    /// Sends all of it, as fast as the other side takes it.
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        guard !isClosed else { throw SocketFailure(what: "send", errno: EBADF) }
        var rest = bytes[...]
        let end = ContinuousClock.now + Self.patience
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try await pause(end, "room to send")
            } else {
                throw SocketFailure(what: "send", errno: errno)
            }
        }
    }

    /// Sends it in two parts, the second after the first had time to be read for itself.
    func send(_ text: String, splitAt position: Int) async throws {
        let bytes = Array(text.utf8)
        try await send(Array(bytes[..<position]))
        try await Task.sleep(for: .milliseconds(1))
        try await send(Array(bytes[position...]))
    }

    /// The bytes up to the end of `mark`.
    func read(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        let end = ContinuousClock.now + Self.patience
        while true {
            if let found = pending.firstRange(of: mark) { return take(found.upperBound) }
            guard receive() else {
                try await pause(
                    end,
                    "'\(String(decoding: mark, as: UTF8.self))' after '\(String(decoding: pending, as: UTF8.self))'")
                continue
            }
        }
    }

    func read(count: Int) async throws -> String {
        let end = ContinuousClock.now + Self.patience
        while pending.count < count {
            if !receive() { try await pause(end, "\(count) bytes, got \(pending.count)") }
        }
        return take(count)
    }

    /// Everything until the other side closes, in order or by a reset.
    func readToEnd() async throws -> String {
        let end = ContinuousClock.now + Self.patience
        while !hasEnded {
            if !receive(), !hasEnded { try await pause(end, "the end", mayHaveEnded: true) }
        }
        return take(pending.count)
    }

    /// What comes within `time`, the end included.
    func readWhatComes(within time: Duration) async throws -> String {
        try await Task.sleep(for: time)
        while receive() {}
        return take(pending.count)
    }

    private func take(_ count: Int) -> String {
        defer { pending.removeFirst(count) }
        return String(decoding: pending[..<count], as: UTF8.self)
    }

    /// - Returns: Whether anything came.
    private func receive() -> Bool {
        guard !hasEnded else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            pending += buffer[..<count]
            return true
        }
        if count == 0 || errno != EAGAIN {
            hasEnded = true
            wasReset = count < 0
        }
        return false
    }

    private func pause(_ end: ContinuousClock.Instant, _ what: String, mayHaveEnded: Bool = false) async throws {
        if hasEnded, !mayHaveEnded { throw WaitedTooLong(what: "\(what): the connection has ended") }
        guard ContinuousClock.now < end else { throw WaitedTooLong(what: what) }
        try await Task.sleep(for: .milliseconds(1))
    }

    private func setOption(_ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// A TCP server without a will of its own: the test accepts its connections and says what they say.
final class RawServer: Sendable {
    private let descriptor: Int32
    let port: Int
    private let count = Mutex(0)
    /// Connections that were accepted.
    var accepted: Int { count.withLock { $0 } }

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, withLoopback(0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
            throw SocketFailure(what: "listen", errno: errno)
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { _ = Glibc.close(descriptor) }

    /// The next connection.
    func accept() async throws -> RawSocket {
        var peer: RawSocket?
        try await eventually("a connection", within: RawSocket.patience) {
            peer = acceptIfThere()
            return peer != nil
        }
        guard let peer else { throw WaitedTooLong(what: "a connection") }
        return peer
    }

    /// The next connection, if somebody has connected.
    func acceptIfThere() -> RawSocket? {
        let peer = Glibc.accept(descriptor, nil, nil)
        guard peer >= 0 else { return nil }
        count.withLock { $0 += 1 }
        return RawSocket(adopting: peer)
    }
}

struct SocketFailure: Error {
    let what: String
    let errno: Int32
}

private func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

extension Int {
    fileprivate var asInt32: Int32 { Int32(self) }
}
