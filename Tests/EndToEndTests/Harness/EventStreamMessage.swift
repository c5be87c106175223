/// A message of an `application/vnd.amazon.eventstream`, as AWS's services send them.
enum EventStreamMessage {
    static func event(_ type: String, _ payload: String) -> [UInt8] {
        bytes([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload)
    }

    static func exception(_ type: String, _ payload: String) -> [UInt8] {
        bytes(
            [(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], payload)
    }

    private static func bytes(_ headers: [(name: String, value: String)], _ payload: String) -> [UInt8] {
        var lines: [UInt8] = []
        for (name, value) in headers {
            lines += [UInt8(name.utf8.count)] + Array(name.utf8)
            // 7: a text.
            lines += [7] + number(UInt16(value.utf8.count)) + Array(value.utf8)
        }
        var bytes = number(UInt32(16 + lines.count + payload.utf8.count)) + number(UInt32(lines.count))
        bytes += number(checksum(bytes)) + lines + Array(payload.utf8)
        return bytes + number(checksum(bytes))
    }

    /// Of IEEE 802.3, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
    }

    private static func number(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
