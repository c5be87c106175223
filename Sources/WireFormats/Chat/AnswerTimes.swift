/// How long an answer took, for formats whose clients are told. In nanoseconds.
public struct AnswerTimes: Sendable, Equatable {
    /// From the call's first byte to the answer's end.
    public let total: Int
    /// How much of that went by before the model began to answer; nil where it answered all at once, so that nobody knows.
    public let untilFirstToken: Int?

    /// Times that were measured.
    public init(total: Int, untilFirstToken: Int? = nil) {
        (self.total, self.untilFirstToken) = (total, untilFirstToken)
    }
}
