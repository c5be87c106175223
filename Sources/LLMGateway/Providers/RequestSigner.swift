import NIOCore

/// Puts a provider's credential on a request where header lines that never change can't carry it: because the
/// signature covers the request, or because the token behind it expires.
public protocol RequestSigner: Sendable {
    /// The header lines that carry the credential; names in lower case. Asked on an event loop, right before each
    /// attempt: it may not wait for anything.
    ///
    /// - Throws: ``UnavailableCredential`` when there is nothing to sign with.
    func headers(for request: SignableRequest) throws(UnavailableCredential) -> [(name: String, value: String)]
}

/// A signer whose credential has to be fetched. That is done beforehand, and what came is kept ready (see
/// ``KeptCredential``): signing itself never waits.
protocol FetchingSigner: RequestSigner {
    /// Sees to it that there is something to sign with. Returns at once while there is, and when `place` is over in any
    /// case; whether it helped, ``RequestSigner/headers(for:)`` says.
    ///
    /// - Parameter limit: How long fetching may take. It goes on for others when the caller waits no longer.
    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async

    /// Told that the provider refused what was signed, with 401 or 403.
    ///
    /// - Returns: Whether the same request, signed anew, may fare better.
    func wasRefused() -> Bool
}

/// What a signature may cover: a request that is ready but for it.
public struct SignableRequest {
    /// In capitals.
    public let method: String
    /// The value of the `host` line.
    public let authority: String
    /// Path and query, exactly as they are sent.
    public let target: String
    /// Valid during the call only.
    public let body: UnsafeRawBufferPointer
    let time: WallClock

    /// When it is sent, in seconds since 1970.
    public var seconds: Int64 { time.seconds }
}

/// Why a request can't be signed now.
public struct UnavailableCredential: Error, Equatable {
    /// Who is to blame.
    public enum Fault: Sendable {
        /// Who gives the credential out won't give it to us: nobody can help but the operator.
        case refused
        /// Who gives it out could not be asked.
        case unreachable
    }

    let fault: Fault
    /// For the operator: a sentence without secrets.
    let reason: String

    /// - Parameter reason: For the operator: a sentence without secrets.
    public init(fault: Fault, reason: String) {
        (self.fault, self.reason) = (fault, reason)
    }
}

/// Signs the requests of one provider with one of its credentials.
struct RequestSigning: Sendable {
    let signer: any RequestSigner
    private let fetching: (any FetchingSigner)?
    /// The value of the `host` line.
    let authority: String
    /// Header lines that the operator has set, in lower case: they stand, whatever the signer says.
    let configured: Set<String>

    init(signer: any RequestSigner, authority: String, configured: Set<String>) {
        (self.signer, self.authority, self.configured) = (signer, authority, configured)
        fetching = signer as? any FetchingSigner
    }

    /// As ``FetchingSigner/prepare(at:fetchingWithin:)``.
    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {
        await fetching?.prepare(at: place, fetchingWithin: limit)
    }

    /// The same for who waits as long as fetching may take.
    func prepare(on loop: Loop, within limit: Duration) async {
        await prepare(at: LoopPause(loop, until: .now() + TimeAmount(limit)), fetchingWithin: limit)
    }

    /// Whether its credential has to be fetched.
    var isFetched: Bool { fetching != nil }

    /// - Returns: Whether the same request, signed anew, may fare better.
    func wasRefused() -> Bool { fetching?.wasRefused() ?? false }

    /// The lines to add to a head that begins with `prefix`.
    ///
    /// - Parameter prefix: The request line, and what may follow it.
    func lines(
        _ prefix: [UInt8], body: UnsafeRawBufferPointer
    ) throws(UnavailableCredential) -> [(name: String, value: String)] {
        let words = prefix.prefix { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: " "))
        guard words.count == 3 else { preconditionFailure("a head begins with a request line") }
        let request = SignableRequest(
            method: String(decoding: words[0], as: UTF8.self), authority: authority,
            target: String(decoding: words[1], as: UTF8.self), body: body, time: .now)
        let lines = try signer.headers(for: request)
        return configured.isEmpty ? lines : lines.filter { !configured.contains($0.name) }
    }
}
