@testable import WireFormats

/// Writes messages of an `application/vnd.amazon.eventstream`, as Bedrock does.
enum AWSEventStreamWriter {
    static func message(_ headers: [(String, String)] = [], _ payload: String) -> [UInt8] {
        message(headers: headers.flatMap { header($0.0, 7, count16(Array($0.1.utf8))) }, Array(payload.utf8))
    }

    static func message(headers: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        var bytes = number(UInt32(16 + headers.count + payload.count)) + number(UInt32(headers.count))
        bytes += number(bytes.withUnsafeBytes(CRC32.checksum)) + headers + payload
        return bytes + number(bytes.withUnsafeBytes(CRC32.checksum))
    }

    static func event(_ type: String, _ payload: String) -> [UInt8] {
        message([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload)
    }

    static func exception(_ type: String, _ payload: String) -> [UInt8] {
        message(
            [(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], payload)
    }

    static func header(_ name: String, _ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [type] + value
    }

    static func count16(_ bytes: [UInt8]) -> [UInt8] { number(UInt16(bytes.count)) + bytes }

    static func number(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
