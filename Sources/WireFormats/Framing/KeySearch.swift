/// Finds keys in one JSON text without parsing it, eight bytes a step.
///
/// Quotes inside JSON strings are escaped, so that `"usage"` with bare quotes is a key, or a value that says just that,
/// and with a colon behind it a key. That is enough to decide whether an event is worth parsing.
struct KeySearch {
    private let text: UnsafeRawPointer
    private let end: Int
    private let letters: Letters
    /// Behind the word that is being looked at.
    private var at = 0
    /// What of that word is left: the high bit of each byte that is a quote.
    private var quotes: UInt64 = 0

    /// A search for keys that begin with one of `letters`.
    @inline(__always) init(_ text: UnsafeRawBufferPointer, letters: Letters) {
        // An empty text is never read.
        self.text = text.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        self.letters = letters
        end = text.count
    }

    /// A set of small letters.
    struct Letters {
        fileprivate let bits: UInt32

        init(_ letters: StaticString) {
            bits = letters.withUTF8Buffer { $0.reduce(0) { $0 | 1 &<< UInt32($1 &- UInt8(ascii: "a")) } }
        }

        @inline(__always) func contains(_ byte: UInt8) -> Bool {
            let place = UInt32(byte &- UInt8(ascii: "a"))
            return place < 26 && bits &>> place & 1 == 1
        }
    }

    @inline(__always) func byte(_ at: Int) -> UInt8 { text.load(fromByteOffset: at, as: UInt8.self) }

    /// The place of the next quote that one of the letters follows.
    @inline(__always) mutating func next() -> Int? {
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        while true {
            while quotes != 0 {
                let quote = at &- 8 &+ quotes.trailingZeroBitCount &>> 3
                quotes &= quotes &- 1
                if letters.contains(byte(quote &+ 1)) { return quote }
            }
            // One byte further than the word is read: the letter.
            guard at &+ 9 <= end else { break }
            let word = text.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ 0x2222_2222_2222_2222
            quotes = ~(((word & low) &+ low) | word | low)
            at &+= 8
        }
        while at &+ 1 < end {
            at &+= 1
            if byte(at &- 1) == UInt8(ascii: "\""), letters.contains(byte(at)) { return at &- 1 }
        }
        return nil
    }

    /// Where the value of the key begins whose opening quote is at `quote`; nil when the key isn't `key`.
    @inline(__always) func value(of key: StaticString, at quote: Int) -> Int? {
        let length = key.utf8CodeUnitCount
        let start = key.utf8Start
        var at = quote &+ 1
        guard at &+ length &+ 2 < end, byte(at &+ length) == UInt8(ascii: "\"") else { return nil }
        for offset in 0..<length where byte(at &+ offset) != start[offset] { return nil }
        at = skipBlanks(at &+ length &+ 1)
        guard at < end, byte(at) == UInt8(ascii: ":") else { return nil }
        at = skipBlanks(at &+ 1)
        return at < end ? at : nil
    }

    /// How long the string is whose opening quote is at `quote`, in bytes as written; 0 for what is no string.
    @inline(__always) func lengthOfString(at quote: Int) -> Int {
        guard byte(quote) == UInt8(ascii: "\"") else { return 0 }
        var from = quote &+ 1
        while let found = firstIndex(of: UInt8(ascii: "\""), in: text, from: from, to: end) {
            var backslashes = 0
            while byte(found &- 1 &- backslashes) == UInt8(ascii: "\\") { backslashes &+= 1 }
            if backslashes & 1 == 0 { return found &- quote &- 1 }
            from = found &+ 1
        }
        return 0
    }

    @inline(__always) private func skipBlanks(_ start: Int) -> Int {
        var at = start
        while at < end, byte(at) == 0x20 || byte(at) == 0x0a || byte(at) == 0x0d || byte(at) == 0x09 { at &+= 1 }
        return at
    }
}
