/// A credential that can't be printed by accident: text, interpolation, `dump`, mirrors and encoders all show dots.
///
/// The only way to the text is ``reveal()``, so that a search for that word finds every place where a secret leaves.
public struct Secret: Sendable, Equatable {
    /// What stands for a secret wherever one would be shown.
    static let mask = "********"
    /// The same in a configuration, where a bare star would be a reference to something (YAML's alias).
    static let writtenMask = "\"\(mask)\""

    private let text: String

    /// Keeps `text` to itself.
    public init(_ text: String) {
        self.text = text
    }

    /// The secret itself, for the one who sends or compares it. Never for a log, a metric, an error or an answer.
    public func reveal() -> String { text }

    /// Compares in a time that depends on the longer length only, not on where the two differ.
    public static func == (one: Secret, other: Secret) -> Bool {
        let (left, right) = (Array(one.text.utf8), Array(other.text.utf8))
        var difference = left.count ^ right.count
        for index in 0..<max(left.count, right.count) {
            let a = index < left.count ? left[index] : 0
            let b = index < right.count ? right[index] : 0
            difference |= Int(a ^ b)
        }
        return difference == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Dots.
    public var description: String { Self.mask }
    /// Dots.
    public var debugDescription: String { Self.mask }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension Secret: Encodable {
    /// Dots.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.mask)
    }
}
