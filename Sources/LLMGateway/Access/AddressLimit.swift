import Synchronization

/// Requests per client address: the shell of ``KeyedBuckets``, shared by all loops and kept over reloads.
final class AddressLimit: Sendable {
    private let buckets: Mutex<KeyedBuckets<IPAddress>>

    init(_ limit: RateLimit, at now: Instant) {
        buckets = Mutex(KeyedBuckets(limit, at: now))
    }

    /// What was taken of an address's bucket.
    struct Taken: Sendable {
        fileprivate let address: IPAddress
        fileprivate let charge: TokenBucket.Charge
    }

    /// Takes a request of a client's address.
    ///
    /// - Parameters:
    ///   - client: As text.
    ///   - taken: Where what was taken is put; left as it is when the call is refused.
    func take(_ client: String, _ taken: inout Taken?, at now: Instant) -> Account.Answer {
        let address = IPAddress.counted(client)
        return buckets.withLock { buckets in
            buckets.withBucket(of: address, at: now) { bucket in
                var answer = Account.Answer()
                do throws(Shortage) {
                    taken = Taken(address: address, charge: try bucket.reserve(1, at: now))
                } catch {
                    answer.refusal = Admission.Refusal(limit: .ip, retryAfter: error.retryAfter)
                }
                answer.standing.requests = Admission.Standing(of: bucket, at: now)
                return answer
            }
        }
    }

    /// Another limit has refused the request.
    func giveBack(_ taken: Taken, at now: Instant) {
        buckets.withLock { $0.giveBack(taken.charge, to: taken.address, at: now) }
    }

    func follow(_ limit: RateLimit, at now: Instant) {
        buckets.withLock { $0.follow(limit, at: now) }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The number that it is, the same for every spelling of it: for keys, not for people.
    var description: String {
        switch self {
        case .v4(let number): "4:\(String(number, radix: 16))"
        case .v6(let number): "6:\(String(number, radix: 16))"
        }
    }

    /// What an address counts as that a client comes from. Who has an IPv6 address has 2^64 of them: the first half
    /// counts. What is no address, as a socket's name, is one like all others.
    static func counted(_ client: String) -> IPAddress { IPAddress(client)?.network ?? .v4(0) }

    /// What one customer of a network operator has: an address of IPv4, 64 bits of IPv6.
    var network: IPAddress {
        switch self {
        case .v4: self
        case .v6(let number): .v6((number >> 64) << 64)
        }
    }
}
