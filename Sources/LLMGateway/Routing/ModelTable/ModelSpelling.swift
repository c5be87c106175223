/// A model's name as an upstream spells it, made shorter step by step: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`
/// comes down to `claude-sonnet-4-5`.
struct ModelSpelling {
    /// What is left.
    private(set) var name: String
    /// How many percent more a provider charges that prices by region, for the region that the name began with.
    private(set) var regionalPercent = 0

    init(_ name: String) { self.name = name }

    /// Takes one thing off; false when there is nothing left to take off.
    mutating func shorten() -> Bool {
        shortenFineTuned() || dropPath() || dropRegion() || dropVendor() || dropEnding()
    }

    /// `ft:gpt-4o-2024-08-06:my-org::abc` is priced as every fine-tuned `gpt-4o-2024-08-06`.
    private mutating func shortenFineTuned() -> Bool {
        guard name.hasPrefix("ft:"), let end = name.dropFirst(3).firstIndex(of: ":") else { return false }
        name = String(name[..<end])
        return true
    }

    /// `publishers/google/models/gemini-2.5-pro`, a Bedrock ARN, `openai/gpt-4o`.
    private mutating func dropPath() -> Bool {
        guard let slash = name.lastIndex(of: "/"), slash < name.index(before: name.endIndex) else { return false }
        name = String(name[name.index(after: slash)...])
        return true
    }

    /// The prefixes of Bedrock's inference profiles.
    private static let regions = [
        ("global.", 0), ("us.", 10), ("eu.", 10), ("apac.", 10), ("au.", 10), ("jp.", 10), ("ca.", 10), ("in.", 10),
        ("us-gov.", 20),
    ]

    private mutating func dropRegion() -> Bool {
        guard let (region, percent) = Self.regions.first(where: { name.hasPrefix($0.0) }) else { return false }
        (name, regionalPercent) = (String(name.dropFirst(region.utf8.count)), percent)
        return true
    }

    /// Bedrock's names begin with the vendor's; these vendors' models have the same prices elsewhere.
    private mutating func dropVendor() -> Bool {
        guard let vendor = ["anthropic.", "openai."].first(where: name.hasPrefix) else { return false }
        name = String(name.dropFirst(vendor.utf8.count))
        return true
    }

    /// `:0`, `@20250929`, `-v1`, `-latest`, `-20250929`, `-2024-08-06`, `-001`.
    private mutating func dropEnding() -> Bool {
        guard let start = name.lastIndex(where: { ":@-".contains($0) }), start > name.startIndex else { return false }
        let ending = name[start...].dropFirst()
        let isVersion =
            switch name[start] {
            case ":", "@": true
            default: ending == "latest" || ending == "default" || Self.isNumbered(ending)
            }
        guard isVersion else { return dropDate() }
        name = String(name[..<start])
        return true
    }

    /// `v1`, `20250929`, `001`; a shorter number is a part of the name.
    private static func isNumbered(_ ending: Substring) -> Bool {
        let digits = ending.first == "v" ? ending.dropFirst() : ending
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber && (ending.first == "v" || digits.utf8.count == 8 || digits.utf8.count == 3)
    }

    /// `-2024-08-06`.
    private mutating func dropDate() -> Bool {
        let ending = name.utf8.suffix(11)
        let isDate =
            ending.count == 11
            && zip(ending, "-0000-00-00".utf8).allSatisfy { byte, shape in
                shape == UInt8(ascii: "-") ? byte == shape : (0x30...0x39).contains(byte)
            }
        guard isDate, name.utf8.count > 11 else { return false }
        name = String(name.dropLast(11))
        return true
    }
}
