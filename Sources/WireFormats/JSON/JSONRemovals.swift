extension JSONNode {
    /// What has to be taken out of the text so that an array is left without some of its elements, and the commas that
    /// go with them; none for what is no array.
    func removals(ofElements goes: (JSONNode) -> Bool) -> [Range<Int>] {
        Self.removals(anyElements.map { ($0.range, goes($0)) })
    }

    /// As ``removals(ofElements:)``, of an object's members under these keys.
    func removals(ofMembers keys: [StaticString]) -> [Range<Int>] {
        guard !keys.isEmpty, let members = try? members() else { return [] }
        return Self.removals(
            members.map { (key, value) in
                (key.range.lowerBound..<value.range.upperBound, keys.contains(where: key.equals))
            })
    }

    /// Of every entry that goes, its range and a comma: the one before it once an entry stays, until then the one behind.
    private static func removals(_ entries: [(range: Range<Int>, goes: Bool)]) -> [Range<Int>] {
        var removals: [Range<Int>] = []
        var end: Int?
        for (place, entry) in entries.enumerated() {
            if entry.goes {
                let next = place + 1 < entries.count ? entries[place + 1].range.lowerBound : entry.range.upperBound
                removals.append(end.map { $0..<entry.range.upperBound } ?? entry.range.lowerBound..<next)
            }
            if end != nil || !entry.goes { end = entry.range.upperBound }
        }
        return removals
    }
}
