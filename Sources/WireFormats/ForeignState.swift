/// What must change in a body that passes through because the dialogue has moved here from another provider: what that
/// one left in it would be refused, so it goes whole.
public struct ForeignState: Sendable, Equatable {
    /// The edits, in order; none where the target takes everything.
    public private(set) var splices: [BodySplice] = []
    /// What gets lost by them, each field once.
    public private(set) var losses: [Loss] = []

    /// Nothing changes.
    public init() {}

    /// Notes what gets lost; the first of a field counts.
    mutating func note(_ field: String, _ detail: String) {
        if !losses.contains(where: { $0.field == field }) { losses.append(Loss(field, detail)) }
    }

    /// Takes these out.
    mutating func remove(_ ranges: [Range<Int>]) { splices += ranges.map { BodySplice($0, []) } }

    /// Puts a text in place of the range's.
    mutating func put(_ text: String, at range: Range<Int>) { splices.append(BodySplice(range, Array(text.utf8))) }

    /// With its edits in the order in which they come in the body.
    func sorted() -> ForeignState {
        var sorted = self
        sorted.splices.sort { $0.range.lowerBound < $1.range.lowerBound }
        return sorted
    }
}
