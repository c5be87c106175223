/// What clients of a format ask beside calls: which models there are, and the like.
public struct Inquiry: Sendable {
    /// Where it arrived; its endpoint is one of ``WireFormat/inquiries``.
    public let place: CallPlace
    /// The models that the client may call.
    public let models: [ModelEntry]
    private let unlisted: @Sendable (String) -> ModelEntry?

    /// An inquiry.
    ///
    /// - Parameter unlisted: Finds a model that may be called without being on the list, by the name that calls say.
    public init(
        at place: CallPlace, about models: [ModelEntry],
        unlisted: @escaping @Sendable (String) -> ModelEntry? = { _ in nil }
    ) {
        (self.place, self.models, self.unlisted) = (place, models, unlisted)
    }

    /// The model that is called by the first of these names that is known: on the list, or else without being there.
    public func model(named names: [String]) -> ModelEntry? {
        names.lazy.compactMap { name in models.first { $0.name == name } }.first
            ?? names.lazy.compactMap { unlisted($0) }.first
    }
}

/// What an ``Inquiry`` comes to.
public enum InquiryAnswer: Sendable, Equatable {
    /// JSON.
    case json([UInt8])
    /// There is no model of that name.
    case unknownModel(String)
    /// The body can't be used.
    case malformed(MalformedBody)
}
