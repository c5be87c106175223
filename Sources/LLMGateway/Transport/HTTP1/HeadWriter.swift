/// Writes a message head, or the line before a chunk, into memory that the caller has reserved.
///
/// It never writes beyond that memory: where something does not fit, ``overflowed`` is set and nothing is written any more, so
/// one check at the end is enough. What could break out of its line (CR, LF, NUL, any control character) is never written.
struct HeadWriter {
    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes written.
    private(set) var count = 0
    /// Something did not fit; what is there is not a head.
    private(set) var overflowed = false

    /// `memory` must stay valid as long as the writer is used.
    init(into memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// `HTTP/1.1 200 OK`. The reason is empty for a status without a registered one.
    ///
    /// - Parameter status: 100...999.
    mutating func statusLine(_ status: Int) {
        precondition(100...999 ~= status, "a status has three digits")
        bytes("HTTP/1.1 ")
        decimal(status)
        byte(FieldGrammar.space)
        bytes(ReasonPhrase.of(status))
        lineEnd()
    }

    /// `POST /v1/chat/completions HTTP/1.1`.
    ///
    /// - Returns: false, and nothing is written, for a target that is empty or holds anything but visible US-ASCII.
    @discardableResult
    mutating func requestLine(_ method: StaticString, target: UnsafeRawBufferPointer) -> Bool {
        guard !target.isEmpty, target.allSatisfy(FieldGrammar.isVisible) else { return false }
        bytes(method)
        byte(FieldGrammar.space)
        bytes(target)
        bytes(" HTTP/1.1\r\n")
        return true
    }

    /// A field line.
    ///
    /// - Returns: false, and nothing is written, for a value with a control character other than the tab.
    @discardableResult
    mutating func field(_ name: StaticString, _ value: UnsafeRawBufferPointer) -> Bool {
        guard Self.isText(value) else { return false }
        bytes(name)
        bytes(": ")
        bytes(value)
        lineEnd()
        return true
    }

    /// A field line whose name was not known beforehand, such as one that is passed on.
    ///
    /// - Returns: false, and nothing is written, also for a name that is no token.
    @discardableResult
    mutating func field(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        guard !name.isEmpty, name.allSatisfy(FieldGrammar.isToken), Self.isText(value) else { return false }
        bytes(name)
        bytes(": ")
        bytes(value)
        lineEnd()
        return true
    }

    /// A field line; see ``field(_:_:)-(StaticString,UnsafeRawBufferPointer)``.
    @discardableResult
    mutating func field(_ name: StaticString, _ value: String) -> Bool {
        var value = value
        return value.withUTF8 { field(name, UnsafeRawBufferPointer($0)) }
    }

    /// A field line of a name that is known only now.
    @discardableResult
    mutating func line(_ name: String, _ value: String) -> Bool {
        var (name, value) = (name, value)
        return name.withUTF8 { name in
            value.withUTF8 { field(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) }
        }
    }

    /// A field line whose value is known to be clean.
    mutating func field(_ name: StaticString, _ value: StaticString) {
        bytes(name)
        bytes(": ")
        bytes(value)
        lineEnd()
    }

    /// A field line with a number.
    mutating func field(_ name: StaticString, _ value: Int) {
        bytes(name)
        bytes(": ")
        decimal(value)
        lineEnd()
    }

    /// The blank line after the last field.
    mutating func end() { lineEnd() }

    /// The line before a chunk's data. `size` is its length in bytes, 1 or more: 0 would end the body.
    mutating func chunkSize(_ size: Int) {
        precondition(size > 0, "an empty chunk would end the body")
        hexadecimal(UInt(size))
        lineEnd()
    }

    /// What is already a clean part of a head, as it is.
    mutating func bytes(_ string: StaticString) {
        bytes(UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }

    /// What is already a clean part of a head, as it is.
    @inline(__always)
    mutating func bytes(_ source: UnsafeRawBufferPointer) {
        guard let start = reserve(source.count), let from = source.baseAddress else { return }
        start.copyMemory(from: from, byteCount: source.count)
    }

    /// A number in decimal digits.
    mutating func decimal(_ number: Int) {
        if number < 0 { byte(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var limit: UInt = 10
        while digits < 19, rest >= limit {
            digits &+= 1
            limit &*= 10
        }
        guard let start = reserve(digits) else { return }
        while digits > 1 {
            digits &-= 2
            let (tens, ones) = (UInt16(truncatingIfNeeded: rest % 100 / 10), UInt16(truncatingIfNeeded: rest % 10))
            start.storeBytes(of: (tens | ones &<< 8 &+ 0x3030).littleEndian, toByteOffset: digits, as: UInt16.self)
            rest /= 100
        }
        if digits > 0 { start.storeBytes(of: UInt8(truncatingIfNeeded: rest) &+ 0x30, as: UInt8.self) }
    }

    /// A number in hexadecimal digits, small letters, without leading zeros.
    mutating func hexadecimal(_ number: UInt) {
        var digits = max(1, (UInt.bitWidth &- number.leadingZeroBitCount &+ 3) &>> 2)
        guard let start = reserve(digits) else { return }
        var rest = number
        while digits > 0 {
            digits &-= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            start.storeBytes(of: digit &+ (digit < 10 ? 0x30 : 0x57), toByteOffset: digits, as: UInt8.self)
            rest &>>= 4
        }
    }

    /// One byte, as it is.
    @inline(__always)
    mutating func byte(_ byte: UInt8) { reserve(1)?.storeBytes(of: byte, as: UInt8.self) }

    private mutating func lineEnd() {
        reserve(2)?.storeBytes(of: UInt16(littleEndian: 0x0A0D), as: UInt16.self)
    }

    /// Room for so many bytes, which count as written.
    @inline(__always)
    private mutating func reserve(_ wanted: Int) -> UnsafeMutableRawPointer? {
        guard !overflowed, memory.count &- count >= wanted, let base = memory.baseAddress else {
            overflowed = true
            return nil
        }
        defer { count &+= wanted }
        return base + count
    }

    private static func isText(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let base = value.baseAddress else { return true }
        return FieldGrammar.endOfText(base, from: 0, to: value.count) == value.count
    }
}
