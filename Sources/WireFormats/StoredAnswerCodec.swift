/// What a format has for clients that come back to an answer by its id: to read it, to delete it, or to go on from it
/// without sending the dialogue again.
public protocol StoredAnswerCodec: Sendable {
    /// Where an answer that was kept is read and deleted, as `/v1/answers/{id}`.
    var path: String { get }

    /// What a call adds to the dialogue, in the format's own words: what is kept with its answer.
    func input(of body: JSONNode) -> [UInt8]

    /// The body of a call that goes on from a kept answer as it would be had the client sent the whole dialogue.
    ///
    /// - Parameters:
    ///   - turns: What ``input(of:)`` gave for each call of the dialogue, and its answer; oldest first.
    ///   - tape: Reads `body` and the answers.
    /// - Throws: ``MalformedBody`` for a body that isn't one of the format.
    func body(
        _ body: UnsafeRawBufferPointer, after turns: [(input: [UInt8], answer: [UInt8])], using tape: JSONTape
    ) throws(MalformedBody) -> [UInt8]

    /// The ids in an event of a stream; nil for one without.
    func ids(in event: JSONNode) -> AnswerIDs?

    /// What must be known of a request to read an answer.
    ///
    /// - Parameter query: Without its question mark.
    func outline(ofReading query: String) -> CallOutline

    /// The body of the answer to who has deleted one.
    func deletedBody(id: String) -> [UInt8]

    /// What who asks for an answer that isn't there is told.
    func unknownAnswer(_ id: String) -> ChatFailure

    /// What who goes on from an answer that isn't there is told.
    func unknownPredecessor(_ id: String) -> ChatFailure

    /// What is told who wants an answer that is over as a stream again.
    var endedStream: ChatFailure { get }
}

/// The ids in an answer by which clients come back to it, and where they are in its body.
public struct AnswerIDs: Sendable, Equatable {
    /// The upstream's own id for the answer.
    public let id: String
    /// Where it is, quotes included.
    let range: Range<Int>
    /// The upstream's id for the answer that this one goes on from; nil for none.
    public let predecessor: String?
    /// Where that is said, if only by a null; nil where it isn't.
    let predecessorRange: Range<Int>?

    /// What it takes to have the client see its own names for them.
    public func splices(_ names: AnswerNames) -> [BodySplice] {
        var splices: [BodySplice] = []
        func put(_ name: String?, at range: Range<Int>?) {
            guard let name, let range else { return }
            splices.append(BodySplice(range, JSONWriter.write { $0.value(name) }))
        }
        put(names.own(id), at: range)
        put(names.predecessor(predecessor), at: predecessorRange)
        return splices.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// How an answer that passes through is named to the client.
public struct AnswerNames: Sendable {
    /// Gives the name of the answer to which the upstream gave this id; nil: it stays.
    public let own: @Sendable (_ id: String) -> String?
    /// Gives the name of the answer that it goes on from, given the upstream's id for that one, if there is one; nil: it
    /// stays as it is.
    public let predecessor: @Sendable (_ id: String?) -> String?

    /// Names.
    public init(
        own: @escaping @Sendable (_ id: String) -> String?,
        predecessor: @escaping @Sendable (_ id: String?) -> String?
    ) {
        (self.own, self.predecessor) = (own, predecessor)
    }
}
