/// Finds what somebody may have meant.
enum NearestName {
    /// The candidate with the fewest edits from what was written; the first of several. Nil without candidates.
    ///
    /// - Parameter atMost: more edits than these are no answer.
    static func to(_ written: String, among candidates: some Sequence<String>, atMost limit: Int = .max) -> String? {
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(written.lowercased(), candidate.lowercased())
            if edits <= limit, edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// How many edits still look like a slip of the finger in a word of this length.
    static func slip(in word: String) -> Int { max(1, word.count / 3) }

    /// Insertions, deletions, replacements, and swaps of two neighbours.
    static func distance(_ one: String, _ other: String) -> Int {
        let (a, b) = (Array(one.unicodeScalars), Array(other.unicodeScalars))
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var edits = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    edits = min(edits, beforeLast[j - 2] + 1)
                }
                row.append(edits)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
