import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Finds the addresses of a host that a stranger has named, and hands them out only if each of them may be connected to.
///
/// The connection is made to the very addresses that were checked: a name that leads somewhere else when it is asked for
/// again gains nothing by that. Made for one connection.
final class CheckedResolver: Resolver, Sendable {
    /// Finds a host's addresses. Called on a thread that may wait.
    typealias Lookup = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    private let lookup: Lookup
    private let check: @Sendable (SocketAddress) throws(RefusedAddress) -> Void
    private let addresses4: EventLoopPromise<[SocketAddress]>
    private let addresses6: EventLoopPromise<[SocketAddress]>
    private let loop: any EventLoop
    private let isGivenUp = Atomic(false)

    /// - Parameter check: Throws for an address that mustn't be connected to. Called on any thread.
    init(
        on loop: any EventLoop, lookup: @escaping Lookup = CheckedResolver.systemLookup,
        check: @escaping @Sendable (SocketAddress) throws(RefusedAddress) -> Void
    ) {
        (self.loop, self.lookup, self.check) = (loop, lookup, check)
        (addresses4, addresses6) = (loop.makePromise(), loop.makePromise())
    }

    /// Threads of our own: a name whose servers keep us waiting must not keep the providers' names waiting.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        return threads
    }()

    /// Asks for all addresses at once; ``initiateAQuery(host:port:)`` takes its share of the answer. NIO asks for these
    /// first.
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        Self.threads.runIfActive(eventLoop: loop) { [self] in
            guard !isGivenUp.load(ordering: .relaxed) else { throw ChannelError.connectTimeout(.zero) }
            let found = try lookup(host, port)
            for address in found { try check(address) }
            return found
        }.whenComplete { [addresses4, addresses6] result in
            switch result {
            case .success(let found):
                addresses6.succeed(found.filter { $0.protocol == .inet6 })
                addresses4.succeed(found.filter { $0.protocol == .inet })
            case .failure(let error):
                addresses6.fail(error)
                addresses4.fail(error)
            }
        }
        return addresses6.futureResult
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { addresses4.futureResult }

    /// Nobody waits any more: a look-up that has yet to begin is left out. One that has begun can't be called off.
    func cancelQueries() { isGivenUp.store(true, ordering: .relaxed) }

    /// The system's.
    static let systemLookup: Lookup = { host, port in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else { throw UnknownHost(reason: String(cString: gai_strerror(code))) }
        defer { if let list { freeaddrinfo(list) } }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = UnsafeRawPointer(entry.ai_addr) else { continue }
            switch entry.ai_family {
            case AF_INET: found.append(SocketAddress(address.load(as: sockaddr_in.self), host: host))
            case AF_INET6: found.append(SocketAddress(address.load(as: sockaddr_in6.self), host: host))
            default: continue
            }
        }
        return found
    }
}

/// A host without an address.
struct UnknownHost: Error {
    /// In the system's words.
    let reason: String
}

/// An address that must not be connected to.
struct RefusedAddress: Error {
    /// For the operator: what kind of address it is.
    let sentence: String
}

extension SocketAddress {
    /// The bytes of its IP address, the first one first: 4 or 16; none for other kinds.
    var addressBytes: [UInt8] {
        switch self {
        case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
        case .unixDomainSocket: []
        }
    }
}
