/// A parser of JSON that is as plain as can be: one byte at a time, straight from RFC 8259. It only says yes or no.
struct PlainParser {
    private let text: [UInt8]
    private var at = 0

    static func accepts(_ text: [UInt8]) -> Bool {
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var parser = PlainParser(text: text)
        return parser.value() && parser.at == text.count
    }

    private init(text: [UInt8]) { self.text = text }

    private var byte: UInt8? { at < text.count ? text[at] : nil }

    private mutating func take(_ expected: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: expected) else { return false }
        at += 1
        return true
    }

    private mutating func take(word: String) -> Bool { word.unicodeScalars.allSatisfy { take($0) } }

    private mutating func blanks() {
        while let byte, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { at += 1 }
    }

    private mutating func value() -> Bool {
        blanks()
        defer { blanks() }
        switch byte.map(Unicode.Scalar.init) {
        case "{":
            return list("{", "}") {
                $0.blanks(); return $0.string() && $0.colon() && $0.value()
            }
        case "[": return list("[", "]") { $0.value() }
        case "\"": return string()
        case "t": return take(word: "true")
        case "f": return take(word: "false")
        case "n": return take(word: "null")
        default: return number()
        }
    }

    private mutating func colon() -> Bool {
        blanks()
        return take(":")
    }

    private mutating func list(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ element: (inout PlainParser) -> Bool
    ) -> Bool {
        guard take(opening) else { return false }
        blanks()
        if take(closing) { return true }
        while element(&self) {
            blanks()
            if take(closing) { return true }
            guard take(",") else { return false }
        }
        return false
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte {
            at += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte < 0x20 { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escape = self.byte else { return false }
            at += 1
            if escape == UInt8(ascii: "u") {
                for _ in 0..<4 {
                    guard let digit = self.byte, Character(Unicode.Scalar(digit)).isHexDigit else { return false }
                    at += 1
                }
            } else if !Array(#""\/bfnrt"#.utf8).contains(escape) {
                return false
            }
        }
        return false
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte, 0x30...0x39 ~= byte { at += 1 }
        return at > start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), !digits() { return false }
        if take("."), !digits() { return false }
        if byte.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            at += 1
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }
}

/// Texts that are JSON, of every shape.
enum RandomJSON {
    static func text(depth: Int, using random: inout SeededGenerator) -> [UInt8] {
        let kind = Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random)
        let blank = Array([" ", "", "", "\n"].randomElement(using: &random)?.utf8 ?? "".utf8)
        let count = Int.random(in: 0...3, using: &random)
        switch kind {
        case 0: return blank + Array(String(Int.random(in: -9999...9999, using: &random)).utf8)
        case 1: return Array(["true", "false", "null"].randomElement(using: &random)?.utf8 ?? "".utf8) + blank
        case 2: return Array(["-0.5e-7", "1E9", "0", "3.25"].randomElement(using: &random)?.utf8 ?? "".utf8)
        case 3, 4: return string(using: &random)
        case 5:
            let elements = (0..<count).map { _ in text(depth: depth - 1, using: &random) }
            return [0x5b] + blank + Array(elements.joined(separator: [0x2c])) + [0x5d]
        default:
            let members = (0..<count).map { _ in
                string(using: &random) + blank + [0x3a] + text(depth: depth - 1, using: &random)
            }
            return [0x7b] + Array(members.joined(separator: [0x2c])) + blank + [0x7d]
        }
    }

    private static func string(using random: inout SeededGenerator) -> [UInt8] {
        let pieces = ["a", "quite some text ", "\\n", "\\\"", "\\u00e9", "é", "€", "😀", "\\\\", "model", "}", "]"]
        let inside = (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        return Array("\"\(inside.joined())\"".utf8)
    }
}

/// The same numbers each time.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var drawn = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        drawn = (drawn ^ (drawn >> 27)) &* 0x94d0_49bb_1331_11eb
        return drawn ^ (drawn >> 31)
    }
}
