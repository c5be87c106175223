import NIOCore
import WireFormats

/// Fetches pictures from addresses that strangers have named, for targets that take only bytes.
///
/// Whoever may call a model may have any address asked for, so nothing is asked that isn't public: each host is looked up
/// once, all of its addresses are checked, and the connection goes to one of these; redirects are checked in the same
/// way. No header of the client's and no credential goes along, and nothing is told of what isn't a picture.
struct PictureFetcher: Sendable {
    /// nil: plain HTTP, to servers of tests.
    let tls: UpstreamTLS?
    var lookup = CheckedResolver.systemLookup
    var check: @Sendable (SocketAddress) throws(RefusedAddress) -> Void = PictureFetcher.refuseUnlessPublic
    var limits = Limits()

    /// What a picture may take.
    struct Limits: Sendable {
        /// In bytes.
        var size = 20 << 20
        /// Redirects included.
        var time = TimeAmount.seconds(10)
        var redirects = 3
    }

    /// Only what is public may be connected to.
    static let refuseUnlessPublic: @Sendable (SocketAddress) throws(RefusedAddress) -> Void = {
        (address) throws(RefusedAddress) in
        let reach = IPAddress(address.addressBytes).map { AddressReach($0) } ?? .reserved
        guard reach == .everyone else { throw RefusedAddress(sentence: "the host has a \(reach.rawValue) address") }
    }

    /// Fetches a picture. When the task is cancelled, so is the fetching.
    ///
    /// Called on the loop, by a task that prefers its executor; cancelled on the loop, too.
    ///
    /// - Parameter deadline: When it must be there at the latest.
    func fetch(
        _ address: String, on loop: Loop, by deadline: NIODeadline
    ) async throws(UnfetchablePicture) -> Media {
        var place = try PictureAddress(address)
        let deadline = min(deadline, .now() + limits.time)
        for _ in 0...limits.redirects {
            let connection = try await ask(place, on: loop, by: deadline)
            defer { connection.discard() }
            switch connection.status {
            case 200:
                return try await picture(connection)
            case 301, 302, 303, 307, 308:
                guard let location = connection.header(.location) else {
                    throw UnfetchablePicture("it is redirected to no address")
                }
                place = try place.redirected(to: location)
            case let status:
                throw UnfetchablePicture("its host answers with the status \(status)")
            }
        }
        throw UnfetchablePicture("it is redirected more than \(limits.redirects) times")
    }

    /// - Returns: A connection that stands behind the head of an answer.
    private func ask(
        _ place: PictureAddress, on loop: Loop, by deadline: NIODeadline
    ) async throws(UnfetchablePicture) -> UpstreamConnection {
        let origin = Origin(host: place.host, port: place.port, tls: tls)
        let resolver = CheckedResolver(on: loop.eventLoop, lookup: lookup, check: check)
        // The deadline comes first.
        let connection = loop.upstreams.openOnce(origin, by: resolver, within: limits.time + .seconds(1))
        let head = ByteBuffer(
            string: """
                GET \(place.target) HTTP/1.1\r
                host: \(origin.authority)\r
                user-agent: llm-gateway/\(Version.current)\r
                accept: image/png, image/jpeg, image/gif, image/webp\r
                accept-encoding: identity\r
                connection: close\r
                \r

                """)
        do throws(UpstreamError) {
            defer { resolver.cancelQueries() }
            try await Self.cancelling(connection) { () async throws(UpstreamError) in
                try await connection.connected(within: .zero, allBy: deadline)
                connection.send(head, nil, isHead: false, firstByteWithin: .zero, allBy: deadline)
                try await connection.receiveHead()
            }
        } catch {
            connection.discard()
            throw unfetchable(error)
        }
        return connection
    }

    private func picture(_ connection: UpstreamConnection) async throws(UnfetchablePicture) -> Media {
        var body = ByteBuffer()
        do throws(UpstreamError) {
            try await Self.cancelling(connection) { () async throws(UpstreamError) in
                body = try await connection.collectBody(upTo: limits.size, idleWithin: .zero)
            }
        } catch {
            throw unfetchable(error)
        }
        guard let picture = body.withUnsafeReadableBytes({ Media(picture: $0) }) else {
            throw UnfetchablePicture("what is there is no PNG, JPEG, GIF or WebP")
        }
        return picture
    }

    /// Does `work` with a connection, which is given up when the task is cancelled.
    private static func cancelling(
        _ connection: UpstreamConnection, _ work: () async throws(UpstreamError) -> Void
    ) async throws(UpstreamError) {
        let outcome = await withTaskCancellationHandler {
            do throws(UpstreamError) {
                return Result<Void, UpstreamError>.success(try await work())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            connection.cancel(.clientGone)
        }
        try outcome.get()
    }

    private func unfetchable(_ error: UpstreamError) -> UnfetchablePicture {
        switch error {
        case .connectFailed(let detail):
            // One sentence for a name that isn't there and for one that leads inside.
            UnfetchablePicture("its host can't be reached at a public address", detail: detail)
        case .timedOut:
            UnfetchablePicture("it takes more than \(limits.time.nanoseconds / 1_000_000_000) seconds")
        case .tooLarge: UnfetchablePicture("it is larger than \(limits.size >> 20) MiB")
        case .reset, .brokenOff, .malformed:
            UnfetchablePicture("its host broke off, or doesn't speak HTTP", detail: error.detail)
        case .overloaded, .clientGone, .serverStopping, .superseded: UnfetchablePicture("the call is over")
        }
    }
}
