/// Walks over one lexical element of a JSON text at a time, up to 32 bytes in a step, and checks it on the way.
///
/// Every function takes the place where the element begins and returns the place behind it, or -1 after it has set
/// ``fault``. Nothing is read at or behind `end`.
struct JSONScanner {
    let text: UnsafeRawPointer
    let end: Int
    /// What was wrong, once a function has returned -1.
    var fault = JSONError(reason: .unexpectedEnd, offset: 0)
    /// Whether the string scanned last holds a backslash.
    var sawEscape = false

    @inline(__always) init(_ text: UnsafeRawPointer, end: Int) {
        (self.text, self.end) = (text, end)
    }

    @inline(__always) func byte(_ at: Int) -> UInt8 {
        text.load(fromByteOffset: at, as: UInt8.self)
    }

    @inline(__always) private func word(_ at: Int) -> UInt64 {
        text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    }

    /// Marks, in the high bit of each byte, what a string can't simply run over: a quote, a backslash, a control
    /// character, a byte above ASCII. Only the lowest mark is exact, because borrows travel upwards.
    @inline(__always) private func stops(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5c5c_5c5c_5c5c_5c5c
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            | ((word &- 0x2020_2020_2020_2020) & ~word) | word
        return found & 0x8080_8080_8080_8080
    }

    /// Skips blanks.
    @inline(__always) func skipBlanks(_ start: Int) -> Int {
        var at = start
        while at < end {
            let byte = byte(at)
            guard byte <= 0x20, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { break }
            at &+= 1
        }
        return at
    }

    /// Skips a string whose opening quote is just before `start`.
    @inline(__always) mutating func skipString(_ start: Int) -> Int {
        sawEscape = false
        var at = start
        while true {
            at = nextStop(at)
            guard at < end else { return fail(.unexpectedEnd, at) }
            let found = byte(at)
            if found == 0x22 { return at &+ 1 }
            if found == 0x5c {
                sawEscape = true
                at = skipEscape(at)
            } else if found >= 0x80 {
                at = skipMultibyte(at)
            } else {
                return fail(.invalidString, at)
            }
            if at < 0 { return -1 }
        }
    }

    /// The next place in a string where something must be looked at, or `end`.
    @inline(__always) private func nextStop(_ start: Int) -> Int {
        var at = start
        while at &+ 8 <= end {
            let first = stops(word(at))
            if first != 0 { return at &+ first.trailingZeroBitCount &>> 3 }
            at &+= 8
            while at &+ 32 <= end {
                let (a, b) = (stops(word(at)), stops(word(at &+ 8)))
                let (c, d) = (stops(word(at &+ 16)), stops(word(at &+ 24)))
                if a | b | c | d == 0 {
                    at &+= 32
                    continue
                }
                if a != 0 { return at &+ a.trailingZeroBitCount &>> 3 }
                if b != 0 { return at &+ 8 &+ b.trailingZeroBitCount &>> 3 }
                if c != 0 { return at &+ 16 &+ c.trailingZeroBitCount &>> 3 }
                return at &+ 24 &+ d.trailingZeroBitCount &>> 3
            }
        }
        while at < end {
            let byte = byte(at)
            if byte == 0x22 || byte == 0x5c || byte < 0x20 || byte >= 0x80 { break }
            at &+= 1
        }
        return at
    }

    /// Skips the escape that begins with the backslash at `start`. A lone surrogate (`\ud800`) is accepted: RFC 8259
    /// allows it, and models emit it when a stream is cut. It decodes as U+FFFD.
    @inline(__always) private mutating func skipEscape(_ start: Int) -> Int {
        guard start &+ 1 < end else { return fail(.unexpectedEnd, end) }
        switch byte(start &+ 1) {
        case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74:
            return start &+ 2
        case 0x75:
            guard start &+ 6 <= end else { return fail(.unexpectedEnd, end) }
            for at in (start &+ 2)..<(start &+ 6) where JSONScanner.hexValue(byte(at)) == nil {
                return fail(.invalidString, at)
            }
            return start &+ 6
        default:
            return fail(.invalidString, start)
        }
    }

    static func hexValue(_ digit: UInt8) -> UInt16? {
        switch digit {
        case 0x30...0x39: UInt16(digit &- 0x30)
        case 0x41...0x46: UInt16(digit &- 0x41 &+ 10)
        case 0x61...0x66: UInt16(digit &- 0x61 &+ 10)
        default: nil
        }
    }

    /// Skips a run of characters above ASCII, refusing overlong forms, surrogates, and what lies above U+10FFFF.
    @inline(never) private mutating func skipMultibyte(_ start: Int) -> Int {
        var at = start
        while at < end, byte(at) >= 0x80 {
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch byte(at) {
            case 0xc2...0xdf: length = 2
            case 0xe0: (length, second) = (3, 0xa0...0xbf)
            case 0xed: (length, second) = (3, 0x80...0x9f)
            case 0xe1...0xef: length = 3
            case 0xf0: (length, second) = (4, 0x90...0xbf)
            case 0xf1...0xf3: length = 4
            case 0xf4: (length, second) = (4, 0x80...0x8f)
            default: return fail(.invalidUTF8, at)
            }
            guard at &+ length <= end else { return fail(.invalidUTF8, at) }
            guard second.contains(byte(at &+ 1)) else { return fail(.invalidUTF8, at) }
            if length > 2, byte(at &+ 2) & 0xc0 != 0x80 { return fail(.invalidUTF8, at) }
            if length > 3, byte(at &+ 3) & 0xc0 != 0x80 { return fail(.invalidUTF8, at) }
            at &+= length
        }
        return at
    }

    /// Skips a number.
    @inline(__always) mutating func skipNumber(_ start: Int) -> Int {
        var at = start
        if byte(at) == 0x2d { at &+= 1 }
        guard at < end else { return fail(.unexpectedEnd, at) }
        if byte(at) == 0x30 {
            at &+= 1
        } else {
            let digits = at
            at = skipDigits(at)
            if at == digits { return fail(start == at ? .expectedValue : .invalidNumber, at) }
        }
        if at < end, byte(at) == 0x2e {
            let digits = at &+ 1
            at = skipDigits(digits)
            if at == digits { return fail(.invalidNumber, at) }
        }
        if at < end, byte(at) | 0x20 == 0x65 {
            at &+= 1
            if at < end, byte(at) == 0x2b || byte(at) == 0x2d { at &+= 1 }
            let digits = at
            at = skipDigits(digits)
            if at == digits { return fail(.invalidNumber, at) }
        }
        return at
    }

    @inline(__always) private func skipDigits(_ start: Int) -> Int {
        var at = start
        while at < end, byte(at) &- 0x30 < 10 { at &+= 1 }
        return at
    }

    /// Skips `true`, `false` or `null`, whose text is `word`.
    @inline(__always) mutating func skipWord(_ word: StaticString, at start: Int) -> Int {
        let length = word.utf8CodeUnitCount
        guard start &+ length <= end else { return fail(.unexpectedEnd, end) }
        for offset in 0..<length where byte(start &+ offset) != word.utf8Start[offset] {
            return fail(.expectedValue, start)
        }
        return start &+ length
    }

    /// Notes what is wrong and returns -1.
    @inline(never) mutating func fail(_ reason: JSONError.Reason, _ at: Int) -> Int {
        fault = JSONError(reason: reason, offset: at)
        return -1
    }
}
