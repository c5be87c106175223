/// Cuts an `application/vnd.amazon.eventstream` into its messages, however its bytes are split on the way.
///
/// A message is: its length and its headers' length (32 bits each, big-endian), the checksum of these two, the headers,
/// the payload, the checksum of everything before it. Both checksums are checked. A message that comes in one piece is
/// handed on without a copy. After a fault there is no way back into the stream: it is thrown again and again.
public struct AWSEventStream: ~Copyable {
    /// One message. Its bytes are valid until the next call of ``next(in:at:)``.
    public struct Message {
        /// What is said about the payload.
        public let headers: AWSEventStreamHeaders
        /// Usually JSON; the headers say what it means.
        public let payload: UnsafeRawBufferPointer
    }

    /// Why the bytes are no event stream.
    public enum Fault: String, Error, Sendable, Equatable {
        /// A message's length or its headers' length is impossible.
        case impossibleLength = "a message has an impossible length"
        /// A message is longer than the limit.
        case tooLarge = "a message is too large"
        /// The lengths don't match their checksum.
        case damagedLengths = "a message's lengths don't match their checksum"
        /// The message doesn't match its checksum.
        case damagedMessage = "a message doesn't match its checksum"
        /// The headers don't fill the place that they have, or are of an unknown type.
        case malformedHeaders = "a message has malformed headers"
    }

    /// The largest message that is taken, in bytes.
    public let limit: Int

    /// A message whose end has yet to come, or that was handed on last.
    private var gathered = GatheredBytes()
    private var wasHandedOn = false
    private var fault: Fault?

    private static let preludeLength = 12
    private static let checksumLength = 4

    /// A stream that has yet to begin.
    public init(limit: Int = 16 << 20) { self.limit = limit }

    /// Whether a message has begun and its end has yet to come.
    public var isInsideMessage: Bool { gathered.count > 0 && !wasHandedOn }

    /// The next message that ends in `piece`; nil when there is no further one, and the rest is remembered.
    ///
    /// - Parameters:
    ///   - piece: What came; the same until nil is returned.
    ///   - cursor: Where to go on in `piece`, 0 at first; behind the message afterwards.
    /// - Throws: ``Fault``, for good.
    public mutating func next(
        in piece: UnsafeRawBufferPointer, at cursor: inout Int
    ) throws(Fault) -> Message? {
        if let fault { throw fault }
        do throws(Fault) {
            return try take(from: piece, at: &cursor)
        } catch {
            fault = error
            throw error
        }
    }

    private mutating func take(
        from piece: UnsafeRawBufferPointer, at cursor: inout Int
    ) throws(Fault) -> Message? {
        if wasHandedOn {
            gathered.removeAll()
            wasHandedOn = false
        }
        let rest = piece.part(cursor..<piece.count)
        if gathered.count == 0, rest.count >= Self.preludeLength {
            let length = try messageLength(rest)
            if rest.count >= length {
                cursor += length
                return try message(rest.part(0..<length))
            }
        }
        gather(Self.preludeLength, from: piece, at: &cursor)
        guard gathered.count >= Self.preludeLength else { return nil }
        let length = try messageLength(gathered.bytes)
        gather(length, from: piece, at: &cursor)
        guard gathered.count == length else { return nil }
        wasHandedOn = true
        return try message(gathered.bytes)
    }

    /// Takes bytes until `wanted` of them are there, as far as the piece has them.
    private mutating func gather(_ wanted: Int, from piece: UnsafeRawBufferPointer, at cursor: inout Int) {
        let count = min(max(0, wanted - gathered.count), piece.count - cursor)
        gathered.append(piece.part(cursor..<(cursor + count)))
        cursor += count
    }

    /// How long the message is that begins with these bytes, the lengths and their checksum at least.
    private func messageLength(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Int {
        let length = Int(bytes.bigEndian(at: 0, as: UInt32.self))
        guard length <= limit else { throw .tooLarge }
        guard CRC32.checksum(of: bytes.part(0..<8)) == bytes.bigEndian(at: 8, as: UInt32.self) else {
            throw .damagedLengths
        }
        let headersLength = Int(bytes.bigEndian(at: 4, as: UInt32.self))
        guard length - headersLength >= Self.preludeLength + Self.checksumLength else { throw .impossibleLength }
        return length
    }

    private func message(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Message {
        let end = bytes.count - Self.checksumLength
        guard CRC32.checksum(of: bytes.part(0..<end)) == bytes.bigEndian(at: end, as: UInt32.self) else {
            throw .damagedMessage
        }
        let payload = Self.preludeLength + Int(bytes.bigEndian(at: 4, as: UInt32.self))
        let headers = AWSEventStreamHeaders(bytes.part(Self.preludeLength..<payload))
        guard headers.areWellFormed else { throw .malformedHeaders }
        return Message(headers: headers, payload: bytes.part(payload..<end))
    }
}

extension UnsafeRawBufferPointer {
    /// The number whose bytes begin at `offset`, the greatest first. They must be there.
    @inline(__always) func bigEndian<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type) -> Number {
        Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
