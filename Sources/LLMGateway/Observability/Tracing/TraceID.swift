/// The name of a trace, 16 bytes: never zero.
struct TraceID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// nil where all bits are zero, which names no trace.
    init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        (self.high, self.low) = (high, low)
    }

    init(using random: inout some RandomNumberGenerator) {
        high = random.next()
        // So that it isn't zero, whatever the rest is.
        low = .random(in: 1 ... .max, using: &random)
    }

    /// 32 hexadecimal digits in small letters.
    var text: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            HexadecimalDigits.write(high, to: digits.baseAddress)
            HexadecimalDigits.write(low, to: digits.baseAddress.map { $0 + 16 })
            return 32
        }
    }

    /// The bytes in the order in which they are written.
    var bytes: [UInt8] { HexadecimalDigits.bytes(high) + HexadecimalDigits.bytes(low) }
}

/// A span's name within its trace: never zero.
struct SpanID: Hashable, Sendable {
    let bits: UInt64

    /// nil where `bits` is zero, which names no span.
    init?(bits: UInt64) {
        guard bits != 0 else { return nil }
        self.bits = bits
    }

    init(using random: inout some RandomNumberGenerator) { bits = .random(in: 1 ... .max, using: &random) }

    /// 16 hexadecimal digits in small letters.
    var text: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            HexadecimalDigits.write(bits, to: digits.baseAddress)
            return 16
        }
    }

    /// The bytes in the order in which they are written.
    var bytes: [UInt8] { HexadecimalDigits.bytes(bits) }
}

/// Numbers of 64 bits as 16 hexadecimal digits.
enum HexadecimalDigits {
    /// Small letters, as traces are written; nil for anything else than 1...16 of them.
    static func read(_ digits: some Collection<UInt8>) -> UInt64? {
        guard (1...16).contains(digits.count) else { return nil }
        var bits: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): bits = bits << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): bits = bits << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return bits
    }

    /// - Parameter digits: Room for 16; nil: nothing is written.
    static func write(_ bits: UInt64, to digits: UnsafeMutablePointer<UInt8>?) {
        guard let digits else { return }
        for position in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: bits >> UInt64(60 - 4 * position)) & 15
            digits[position] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        }
    }

    static func bytes(_ bits: UInt64) -> [UInt8] { withUnsafeBytes(of: bits.bigEndian, Array.init) }
}
