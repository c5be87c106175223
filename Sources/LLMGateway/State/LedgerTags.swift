/// What clients say their calls belong to: `x-llm-gateway-tags: team=search,run=42`.
enum LedgerTags {
    /// More of them, and longer ones, are left out.
    private static let most = 8
    /// In bytes.
    private static let longest = 128

    /// The tags in a header's value, each once, as `name=value`; what isn't of that form is left out.
    static func tags(in header: String) -> [String] {
        var tags: [String] = []
        for element in header.split(separator: ",") where tags.count < most {
            let tag = String(element).trimmed
            guard tag.utf8.count <= longest, let sign = tag.firstIndex(of: "="), sign != tag.startIndex,
                tag.index(after: sign) != tag.endIndex, !tags.contains(tag)
            else { continue }
            tags.append(tag)
        }
        return tags
    }
}
