import NIOCore
import WireFormats

/// How a call gets the pictures of which its target can't read the addresses.
extension Call {
    /// How many pictures of a call are fetched at the same time.
    private static let picturesAtOnce = 4
    /// How many are fetched for one call: nobody shall have the gateway ask half the world for a single request.
    private static let mostPictures = 100

    /// Fetches pictures, after which they are among ``pictures``. Each is fetched once, whatever the number of targets.
    ///
    /// - Throws: A 400 that names the part whose picture can't be had, or why the call is over.
    func fetchPictures(_ addresses: [String], for provider: ConfiguredProvider) async throws(GatewayError) {
        guard let fetcher = snapshot.pictureFetcher else {
            let reason = UnfetchablePicture("the gateway is told to fetch none (routing.fetch_images: off)")
            throw lacking(PictureFailure(address: addresses.first ?? "", why: reason), provider)
        }
        guard addresses.count <= Self.mostPictures else {
            let reason = UnfetchablePicture("no more than \(Self.mostPictures) are fetched for one call")
            throw lacking(PictureFailure(address: addresses[Self.mostPictures], why: reason), provider)
        }
        times.end(.route, at: .now())
        defer { times.endPictures(at: .now()) }
        let fetching = Task(executorPreference: state.loop.executor) { try await self.fetchAll(addresses, by: fetcher) }
        job = fetching
        let outcome = await fetching.result
        job = nil
        guard case .failure(let error) = outcome else { return }
        if let interruption {
            throw GatewayError(interruption.reason(at: provider.name), detail: interruption.detail)
        }
        guard let failure = error as? PictureFailure, NIODeadline.now() < deadline else {
            throw GatewayError(.upstreamTimedOut(provider: provider.name), detail: "timed out: fetching pictures")
        }
        throw lacking(failure, provider)
    }

    /// Why a call can't be said to its target: which picture is lacking, and why.
    private struct PictureFailure: Error {
        let address: String
        let why: UnfetchablePicture
    }

    private func fetchAll(_ addresses: [String], by fetcher: PictureFetcher) async throws {
        // No more than the client could have sent by itself.
        let limit = snapshot.settings.server.maxBodyBytes
        var size = 0
        try await withThrowingTaskGroup(of: (String, Media).self) { group in
            var waiting = addresses[...]
            func fetchNext() {
                guard let next = waiting.popFirst() else { return }
                group.addTask { [self] in
                    do throws(UnfetchablePicture) {
                        return (next, try await fetcher.fetch(next, on: state.loop, by: deadline))
                    } catch {
                        throw PictureFailure(address: next, why: error)
                    }
                }
            }
            for _ in 0..<Self.picturesAtOnce { fetchNext() }
            while let (address, picture) = try await group.next() {
                if case .base64(let bytes) = picture.source { size += bytes.utf8.count }
                guard size <= limit else {
                    let reason = UnfetchablePicture("all pictures together are larger than a request may be")
                    throw PictureFailure(address: address, why: reason)
                }
                pictures[address] = picture
                fetchNext()
            }
        }
    }

    private func lacking(_ failure: PictureFailure, _ provider: ConfiguredProvider) -> GatewayError {
        let place = body.withUnsafeReadableBytes { bytes in
            (try? state.tape.parseBody(bytes))?.path(ofString: failure.address)
        }
        let field = place ?? "messages"
        let sentence =
            "The picture at '\(field)' is needed for this model, which takes no addresses, and can't be fetched: "
            + "\(failure.why.reason); send the picture itself, as base64."
        return GatewayError(
            .untranslatable(Untranslatable(field, sentence), provider: provider.name), detail: failure.why.detail)
    }
}
