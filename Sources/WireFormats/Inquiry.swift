/// What clients of a format ask beside calls: which models there are, and the like.
public struct Inquiry: Sendable {
    /// Where it arrived; its endpoint is one of ``WireFormat/inquiries``.
    public let place: CallPlace
    /// The models that the client may call.
    public let models: [ModelEntry]

    /// An inquiry.
    public init(at place: CallPlace, about models: [ModelEntry]) {
        (self.place, self.models) = (place, models)
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
