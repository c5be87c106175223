/// What somebody who wrote a name that nobody knows may have meant.
enum NearestNames {
    /// The known names closest to `name`, closest first; equally close ones in their given order.
    ///
    /// Close means that at most a third of the letters differ (capitals don't count), or that one name begins or ends
    /// with the other. The work is bounded: 64 bytes of each name are compared, and of the first 4,096
    /// candidates, at about 0.2 µs apiece.
    ///
    /// - Parameter limit: How many at most.
    static func closest(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
        let pattern = EditDistance(name)
        var found: [(name: String, distance: Int)] = []
        for candidate in candidates.prefix(4096) {
            guard let distance = pattern.closeness(of: candidate) else { continue }
            if found.count == limit, let worst = found.last, worst.distance <= distance { continue }
            if found.contains(where: { $0.name == candidate }) { continue }
            found.insert((candidate, distance), at: found.firstIndex { $0.distance > distance } ?? found.endIndex)
            if found.count > limit { found.removeLast() }
        }
        return found.map(\.name)
    }
}

/// Levenshtein's distance from one name to many, a machine word at a time (Myers 1999, in Hyyrö's form).
private struct EditDistance {
    /// The longest name compared in full: a column of the distance table is one word.
    private static let width = 64

    private let name: [UInt8]
    /// For each byte, the positions in `name` that hold it.
    private var positions = [UInt64](repeating: 0, count: 256)

    init(_ name: String) {
        self.name = Self.folded(name)
        for (index, byte) in self.name.enumerated() { positions[Int(byte)] |= 1 << UInt64(index) }
    }

    /// The distance, or nil when the two have too little in common to be taken for each other.
    func closeness(of candidate: String) -> Int? {
        let other = Self.folded(candidate)
        let shorter = min(name.count, other.count)
        let longer = max(name.count, other.count)
        guard shorter > 0 else { return nil }
        let continues =
            shorter >= 3
            && (name.prefix(shorter) == other.prefix(shorter) || name.suffix(shorter) == other.suffix(shorter))
        let allowed = continues ? Self.width : max(1, longer / 3)
        guard longer - shorter <= allowed else { return nil }
        let distance = distance(to: other)
        // A distance as long as the shorter name means that nothing was recognised.
        return distance <= allowed && (continues || distance < shorter) ? distance : nil
    }

    private func distance(to other: [UInt8]) -> Int {
        let lastRow: UInt64 = 1 << UInt64(name.count - 1)
        var (rises, falls, distance) = (UInt64.max, UInt64(0), name.count)
        for byte in other {
            let equal = positions[Int(byte)]
            let vertical = equal | falls
            let horizontal = (((equal & rises) &+ rises) ^ rises) | equal
            var risesAcross = falls | ~(horizontal | rises)
            var fallsAcross = rises & horizontal
            if risesAcross & lastRow != 0 { distance += 1 }
            if fallsAcross & lastRow != 0 { distance -= 1 }
            risesAcross = risesAcross << 1 | 1
            fallsAcross <<= 1
            rises = fallsAcross | ~(vertical | risesAcross)
            falls = risesAcross & vertical
        }
        return distance
    }

    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.prefix(width).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
