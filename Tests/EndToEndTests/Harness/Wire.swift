import Foundation
import Synchronization

/// One end of a TCP connection, byte for byte. Every wait has a limit, so that a broken promise is a failure and not
/// a test that hangs. Used by one thread at a time.
final class Wire {
    let descriptor: Int32
    /// What has arrived and nobody has taken.
    private(set) var pending: [UInt8] = []
    private(set) var hasEnded = false
    private var isClosed = false

    enum Failure: Error, Equatable {
        case timedOut(waitingFor: String)
        /// The other side ended in the middle of what was expected.
        case cutOff(after: String)
        case reset
        case system(Int32)
    }

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Connects to a port of this machine.
    ///
    /// - Parameters:
    ///   - host: one of its addresses.
    ///   - receiveBuffer: the kernel's receive buffer in bytes; a small one makes a slow reader felt sooner.
    convenience init(to port: Int, at host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.system(errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = loopback(port)
        address.sin_addr.s_addr = inet_addr(host)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let reason = errno
            Glibc.close(descriptor)
            throw Failure.system(reason)
        }
        self.init(adopting: descriptor)
    }

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(descriptor)
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    /// Says that nothing more will be sent; reading goes on.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    // MARK: Sending

    func send(_ text: String, within limit: Duration = .seconds(20)) throws {
        try send(Array(text.utf8), within: limit)
    }

    func send(_ bytes: [UInt8], within limit: Duration = .seconds(20)) throws {
        guard try sendSome(bytes, within: limit) == bytes.count else {
            throw Failure.timedOut(waitingFor: "room to send")
        }
    }

    /// Sends as much of this as the other side takes within `limit`, and returns how many bytes that was.
    func sendSome(_ bytes: [UInt8], within limit: Duration) throws -> Int {
        let end = ContinuousClock.now + limit
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
                )
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard wait(for: Int16(POLLOUT), until: end) else { return sent }
            } else if errno == EPIPE || errno == ECONNRESET {
                throw Failure.reset
            } else if errno != EINTR {
                throw Failure.system(errno)
            }
        }
        return sent
    }

    // MARK: Receiving

    /// Waits for more bytes and adds them to `pending`; false at the connection's end.
    func receive(until end: ContinuousClock.Instant, _ what: String) throws -> Bool {
        guard !hasEnded else { return false }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                pending += buffer[..<count]
                return true
            }
            if count == 0 {
                hasEnded = true
                return false
            }
            switch errno {
            case EAGAIN:
                guard wait(for: Int16(POLLIN), until: end) else { throw Failure.timedOut(waitingFor: what) }
            case EINTR:
                continue
            case ECONNRESET:
                hasEnded = true
                throw Failure.reset
            default:
                throw Failure.system(errno)
            }
        }
    }

    /// Takes everything up to and including `marker`.
    func take(through marker: String, within limit: Duration = .seconds(10)) throws -> String {
        let end = ContinuousClock.now + limit
        let marker = Array(marker.utf8)
        var searched = 0
        while true {
            if let found = pending.firstRange(of: marker, from: searched) {
                defer { pending.removeFirst(found + marker.count) }
                return String(decoding: pending[..<(found + marker.count)], as: UTF8.self)
            }
            searched = max(0, pending.count - marker.count + 1)
            guard try receive(until: end, "'\(String(decoding: marker, as: UTF8.self))'") else {
                throw Failure.cutOff(after: String(decoding: pending.prefix(200), as: UTF8.self))
            }
        }
    }

    /// Takes exactly `count` bytes.
    func take(_ count: Int, within limit: Duration = .seconds(20)) throws -> [UInt8] {
        let end = ContinuousClock.now + limit
        while pending.count < count {
            guard try receive(until: end, "\(count) bytes") else {
                throw Failure.cutOff(after: "\(pending.count) bytes")
            }
        }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// Takes what is there, or waits for the next bytes; nil at the connection's end.
    func takeSome(within limit: Duration = .seconds(10)) throws -> [UInt8]? {
        if pending.isEmpty, try !receive(until: .now + limit, "bytes") { return nil }
        defer { pending.removeAll() }
        return pending
    }

    /// Takes everything until the other side ends the connection.
    func takeAll(within limit: Duration = .seconds(10)) throws -> [UInt8] {
        let end = ContinuousClock.now + limit
        while try receive(until: end, "the end of the connection") {}
        defer { pending.removeAll() }
        return pending
    }

    /// How long the other side took to end the connection; what it still sends meanwhile is dropped.
    ///
    /// - Returns: nil when it has not ended it within `limit`.
    func timeUntilClosed(within limit: Duration) -> Duration? {
        let start = ContinuousClock.now
        do {
            while try receive(until: start + limit, "the end of the connection") { pending.removeAll() }
        } catch Failure.timedOut {
            return nil
        } catch {
            return .now - start  // a reset is an end too
        }
        return .now - start
    }

    /// Waits for bytes or the end, and leaves them there; nil when neither came within `limit`.
    func timeUntilReadable(within limit: Duration) -> Duration? {
        let start = ContinuousClock.now
        if !pending.isEmpty { return .zero }
        return wait(for: Int16(POLLIN), until: start + limit) ? .now - start : nil
    }

    private func wait(for events: Int16, until end: ContinuousClock.Instant) -> Bool {
        let left = (end - .now).milliseconds
        guard left > 0 else { return false }
        var request = pollfd(fd: descriptor, events: events, revents: 0)
        return poll(&request, 1, Int32(left)) != 0
    }
}

/// 127.0.0.1 at this port.
func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return address
}

/// Ports of 127.0.0.1 that nothing listens on.
enum FreePorts {
    /// Below the range from which the kernel takes the ports of outgoing connections, so that none of them is taken
    /// between now and the start of the program that is to listen there.
    private static let next = Atomic(Int.random(in: 0..<10_000))

    static func take() throws -> Int {
        for _ in 0..<10_000 {
            let port = 20_000 + next.wrappingAdd(1, ordering: .relaxed).oldValue % 12_000
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { Glibc.close(descriptor) }
            var address = loopback(port)
            let isFree = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if isFree == 0 { return port }
        }
        throw Unfulfilled("a free port")
    }
}

extension [UInt8] {
    /// Where `pattern` first begins, at or after `start`.
    func firstRange(of pattern: [UInt8], from start: Int = 0) -> Int? {
        guard let first = pattern.first, count >= pattern.count else { return nil }
        var index = start
        while index <= count - pattern.count, let next = self[index...].firstIndex(of: first) {
            if next + pattern.count > count { return nil }
            if self[next..<(next + pattern.count)].elementsEqual(pattern) { return next }
            index = next + 1
        }
        return nil
    }
}
