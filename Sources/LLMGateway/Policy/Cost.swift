/// An amount of money, to the trillionth of a dollar: exact for every price that providers publish, and for sums of them.
struct Cost: Sendable, Equatable, Comparable, AdditiveArithmetic {
    /// Trillionths of a US dollar, zero or more. The greatest stands for itself and for all that is beyond it.
    let picodollars: Int

    static let zero = Cost(picodollars: 0)

    static func < (one: Cost, other: Cost) -> Bool { one.picodollars < other.picodollars }

    static func + (one: Cost, other: Cost) -> Cost {
        let (sum, isBeyond) = one.picodollars.addingReportingOverflow(other.picodollars)
        return Cost(picodollars: isBeyond ? .max : sum)
    }

    /// Never less than nothing.
    static func - (one: Cost, other: Cost) -> Cost { Cost(picodollars: max(0, one.picodollars - other.picodollars)) }

    /// In US dollars; the nearest double.
    var dollars: Double { Double(picodollars) / Double(Self.picodollarsPerDollar) }

    /// In US dollars, as a decimal number without exponent: `0.00123`. Up to ten dollars it takes no memory.
    var text: String {
        let (whole, rest) = picodollars.quotientAndRemainder(dividingBy: Self.picodollarsPerDollar)
        guard rest > 0 else { return String(whole) }
        if whole > 9 { return "\(whole)\(Cost(picodollars: rest).text.dropFirst())" }
        return String(unsafeUninitializedCapacity: 2 + Self.fractionDigits) { digits in
            digits[0] = UInt8(ascii: "0") + UInt8(whole)
            digits[1] = UInt8(ascii: ".")
            var (left, length) = (rest, 0)
            for place in (2..<2 + Self.fractionDigits).reversed() {
                let digit = UInt8(left % 10)
                digits[place] = UInt8(ascii: "0") + digit
                if length == 0, digit > 0 { length = place + 1 }
                left /= 10
            }
            return length
        }
    }

    static let fractionDigits = 12
    static let picodollarsPerDollar = 1_000_000_000_000
}
