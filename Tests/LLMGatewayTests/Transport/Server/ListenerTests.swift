import Glibc
import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
    private let get = "GET / HTTP/1.1\r\nhost: h\r\n\r\n"

    /// Starts a listener with one loop for `body`, which ends it itself.
    private func withListener(maxConnections: Int = 100, _ body: (Listener, Loop) async throws -> Void) async throws {
        try await withLoop { loop in
            let listener = try await Listener.start(
                Listener.Settings(
                    host: "127.0.0.1", port: 0, maxConnections: maxConnections, limits: ServerLimits(), tls: nil),
                group: loop.eventLoop, loops: [loop], responder: StubResponder.echo)
            do { try await body(listener, loop) } catch {
                await listener.stop()
                throw error
            }
        }
    }

    @Test func `while upstreams have all that the process may open, nobody new is let in`() async throws {
        let allowance = ConnectionAllowance(openFiles: 80)
        #expect(allowance.most == 6 && allowance.clients == 4)
        try await withLoop { loop in
            let settings = Listener.Settings(
                host: "127.0.0.1", port: 0, maxConnections: 100, allowance: allowance, limits: ServerLimits(), tls: nil)
            let listener = try await Listener.start(
                settings, group: loop.eventLoop, loops: [loop], responder: StubResponder.echo)
            let first = try RawSocket(to: listener.port)
            try await first.send(get)
            #expect(try await first.answer().status == 200)
            for _ in 0..<5 { #expect(allowance.take()) }
            #expect(allowance.isSpent && !allowance.take())
            // One more is let in: the listener had begun to wait for it while there was room.
            let second = try RawSocket(to: listener.port)
            try await second.send(get)
            #expect(try await second.answer().status == 200)
            let third = try RawSocket(to: listener.port)
            try await third.send(get)
            // Four looks at whether there is room again: that nothing happens can only be waited for.
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await loop.eventLoop.submit { loop.clients.count }.get() == 2)
            for _ in 0..<5 { allowance.giveBack() }
            #expect(try await third.answer().status == 200)
            await listener.stop()
        }
    }

    /// Connects without waiting for the answer.
    private func knock(at port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return descriptor
    }

    @Test(arguments: [100, 3])
    func `who is at the door when the listener stops is still answered, whatever the limit`(
        maxConnections: Int
    ) async throws {
        try await withListener(maxConnections: maxConnections) { listener, loop in
            let port = listener.port
            // Nothing is accepted meanwhile: all of them wait in the kernel.
            loop.eventLoop.execute { usleep(300_000) }
            let clients = try (0..<40).map { _ in try RawSocket(to: port) }
            for client in clients { try await client.send(get) }
            await listener.letIn()
            await listener.stop()
            #expect(throws: (any Error).self) { try RawSocket(to: port) }
            for client in clients { #expect(try await client.answer().status == 200) }
        }
    }

    @Test func `who comes while those at the door are let in hears nothing until the listener has stopped`()
        async throws
    {
        try await withListener { listener, _ in
            let early = try RawSocket(to: listener.port)
            await listener.letIn()
            let late = knock(at: listener.port)
            defer { close(late) }
            var awaited = pollfd(fd: late, events: Int16(POLLOUT), revents: 0)
            #expect(poll(&awaited, 1, 100) == 0, "neither connected nor refused")

            for _ in 0..<2 {
                try await early.send(get)
                #expect(try await early.answer().status == 200)
            }
            await listener.stop()
            // TCP knocks again after a second.
            #expect(poll(&awaited, 1, 10_000) == 1)
            var reason: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(late, SOL_SOCKET, SO_ERROR, &reason, &size)
            #expect(reason == ECONNREFUSED)
        }
    }
}
