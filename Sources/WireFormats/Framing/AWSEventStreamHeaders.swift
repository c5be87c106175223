/// The headers of a message of an ``AWSEventStream``, decoded when they are asked for. As short-lived as the message.
public struct AWSEventStreamHeaders: Sequence, IteratorProtocol {
    /// What a header says.
    public enum Value {
        /// Yes or no.
        case flag(Bool)
        /// A whole number of 8, 16, 32 or 64 bits.
        case number(Int64)
        /// Anything.
        case bytes(UnsafeRawBufferPointer)
        /// UTF-8, as it should be.
        case text(UnsafeRawBufferPointer)
        /// In milliseconds since 1970.
        case time(Int64)
        /// A UUID's 16 bytes.
        case uuid(UnsafeRawBufferPointer)
    }

    /// What is left to read.
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// The next header; nil behind the last, and where what follows is none.
    public mutating func next() -> (name: UnsafeRawBufferPointer, value: Value)? {
        var after = rest
        guard let length: UInt8 = Self.take(&after), let name = Self.take(Int(length), &after),
            let type: UInt8 = Self.take(&after), let value = Self.value(ofType: type, &after)
        else { return nil }
        rest = after
        return (name, value)
    }

    /// Whether there is nothing but headers.
    var areWellFormed: Bool {
        var headers = self
        while headers.next() != nil {}
        return headers.rest.isEmpty
    }

    /// What the header of this name says, if that is a text.
    public func text(_ name: StaticString) -> UnsafeRawBufferPointer? {
        for header in self where header.name.equals(name) {
            if case .text(let text) = header.value { return text }
        }
        return nil
    }

    private static func value(ofType type: UInt8, _ rest: inout UnsafeRawBufferPointer) -> Value? {
        switch type {
        case 0: return .flag(true)
        case 1: return .flag(false)
        case 2: return (take(&rest) as Int8?).map { .number(Int64($0)) }
        case 3: return (take(&rest) as Int16?).map { .number(Int64($0)) }
        case 4: return (take(&rest) as Int32?).map { .number(Int64($0)) }
        case 5: return take(&rest).map(Value.number)
        case 6, 7:
            guard let length: UInt16 = take(&rest), let bytes = take(Int(length), &rest) else { return nil }
            return type == 6 ? .bytes(bytes) : .text(bytes)
        case 8: return take(&rest).map(Value.time)
        case 9: return take(16, &rest).map(Value.uuid)
        default: return nil
        }
    }

    private static func take(_ count: Int, _ rest: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.part(count..<rest.count) }
        return rest.part(0..<count)
    }

    private static func take<Number: FixedWidthInteger>(_ rest: inout UnsafeRawBufferPointer) -> Number? {
        take(Number.bitWidth / 8, &rest)?.bigEndian(at: 0, as: Number.self)
    }
}
