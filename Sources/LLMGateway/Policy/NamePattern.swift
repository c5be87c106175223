/// A pattern over model names: `*` stands for any run of characters, the empty one included; everything else is itself.
///
/// Case counts. There is no way to write a literal `*`; no model is called so.
struct NamePattern: Sendable, Equatable {
    /// The pattern as it was written.
    let text: String

    /// What lies between the stars, as UTF-8; one element: no star, an exact name.
    private let literals: [[UInt8]]

    init(_ text: String) {
        self.text = text
        self.literals = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map {
            Array($0)
        }
    }

    /// What every name that matches begins with; nil: it may be anything, or nothing.
    var firstByte: UInt8? { literals[0].first }

    /// Whether the whole of `name` is described.
    ///
    /// Each literal is looked for once, leftmost first, so the time grows with the name's length and never with its
    /// square, however a caller chooses it.
    func matches(_ name: String) -> Bool {
        name.utf8.withContiguousStorageIfAvailable(matches) ?? Array(name.utf8).withUnsafeBufferPointer(matches)
    }

    private func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let first = literals[0]
        guard holds(name, first, at: 0) else { return false }
        if literals.count == 1 { return name.count == first.count }

        let last = literals[literals.count - 1]
        let end = name.count - last.count
        guard end >= first.count, holds(name, last, at: end) else { return false }

        var position = first.count
        for literal in literals.dropFirst().dropLast() {
            guard let found = find(literal, in: name, from: position, to: end) else { return false }
            position = found + literal.count
        }
        return true
    }

    private func find(_ literal: [UInt8], in name: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int? {
        var position = start
        while position + literal.count <= end {
            if holds(name, literal, at: position) { return position }
            position += 1
        }
        return nil
    }

    private func holds(_ name: UnsafeBufferPointer<UInt8>, _ literal: [UInt8], at position: Int) -> Bool {
        guard position + literal.count <= name.count else { return false }
        var offset = 0
        while offset < literal.count {
            if name[position + offset] != literal[offset] { return false }
            offset += 1
        }
        return true
    }
}
