extension JSONNode {
    /// Where the last member under `key` is in the text, from its key to the end of its value; nil without one.
    func rangeOfMember(_ key: StaticString) -> Range<Int>? {
        guard let members = try? members() else { return nil }
        var found: Range<Int>?
        for (name, value) in members where name.equals(key) {
            found = name.range.lowerBound..<value.range.upperBound
        }
        return found
    }

    /// What has to be taken out of the text so that an object is left without the member under `key`: the last such
    /// member, and the comma that goes with it; nil without one.
    func removal(of key: StaticString) -> Range<Int>? {
        guard let members = try? members(), let range = rangeOfMember(key) else { return nil }
        var before: Int?
        for (name, value) in members {
            if value.range.upperBound < range.lowerBound { before = value.range.upperBound }
            if name.range.lowerBound >= range.upperBound, before == nil {
                return range.lowerBound..<name.range.lowerBound
            }
        }
        return (before ?? range.lowerBound)..<range.upperBound
    }
}
