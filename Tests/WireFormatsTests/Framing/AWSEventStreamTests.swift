import Testing

@testable import WireFormats

@Suite struct AWSEventStreamTests {
    private typealias Writer = AWSEventStreamWriter

    /// The messages of these pieces, as `type:payload`, and the fault that ended them.
    private func read(
        _ pieces: [ArraySlice<UInt8>], limit: Int = 16 << 20
    ) -> (messages: [String], fault: AWSEventStream.Fault?, isInside: Bool) {
        var stream = AWSEventStream(limit: limit)
        var messages: [String] = []
        for piece in pieces {
            let fault = Array(piece).withUnsafeBytes { piece -> AWSEventStream.Fault? in
                var cursor = 0
                do throws(AWSEventStream.Fault) {
                    while let message = try stream.next(in: piece, at: &cursor) {
                        let type = message.headers.text(":event-type").map { String(decoding: $0, as: UTF8.self) }
                        messages.append("\(type ?? "-"):\(String(decoding: message.payload, as: UTF8.self))")
                    }
                } catch {
                    return error
                }
                #expect(cursor == piece.count)
                return nil
            }
            if let fault { return (messages, fault, stream.isInsideMessage) }
        }
        return (messages, nil, stream.isInsideMessage)
    }

    @Test func `the checksum is the known one`() {
        #expect("123456789".withBytes(CRC32.checksum) == 0xcbf4_3926)
        #expect("".withBytes(CRC32.checksum) == 0)
    }

    @Test func `messages come out whole, wherever the bytes are split`() {
        let bytes = Writer.event("a", #"{"x":"ä"}"#) + Writer.message(headers: [], []) + Writer.event("b", "")
        let expected = [#"a:{"x":"ä"}"#, "-:", "b:"]
        for cut in 0...bytes.count {
            let result = read([bytes[..<cut], bytes[cut...]])
            #expect(result.messages == expected && result.fault == nil && !result.isInside)
        }
        #expect(read(bytes.indices.map { bytes[$0...$0] }).messages == expected)
        #expect(read([bytes.dropLast()]).messages == Array(expected.dropLast()))
        #expect(read([bytes.dropLast()]).isInside)
    }

    @Test func `no damaged byte goes unnoticed`() {
        let good = Writer.event("a", "{}")
        for place in good.indices {
            var bytes = good
            bytes[place] ^= 0x10
            // Behind it comes enough for any length that the damage may say.
            let result = read([bytes[...], [UInt8](repeating: 0, count: 64)[...]])
            #expect(result.messages.isEmpty && result.fault != nil, "byte \(place)")
        }
    }

    @Test func `a fault is for good`() {
        var stream = AWSEventStream()
        let good = Writer.event("a", "{}")
        var bad = good
        bad[good.count - 1] ^= 1
        for bytes in [bad, good, good] {
            bytes.withUnsafeBytes { bytes in
                var cursor = 0
                var fault: AWSEventStream.Fault?
                do throws(AWSEventStream.Fault) { _ = try stream.next(in: bytes, at: &cursor) } catch { fault = error }
                #expect(fault == .damagedMessage)
            }
        }
    }

    @Test func `other bytes are no event stream`() {
        #expect(read([Array(#"{"message":"Not an event stream at all"}"#.utf8)[...]]).fault == .tooLarge)
        #expect(read([[UInt8](repeating: 0, count: 12)[...]]).fault == .damagedLengths)
        #expect(read([Writer.event("a", String(repeating: "x", count: 100))[...]], limit: 64).fault == .tooLarge)
        var lengths = Writer.number(20 as UInt32) + Writer.number(8 as UInt32)
        lengths += Writer.number(lengths.withUnsafeBytes(CRC32.checksum))
        #expect(read([lengths[...]]).fault == .impossibleLength)
    }

    @Test func `headers of every type are read`() throws {
        let uuid = [UInt8](1...16)
        let headers =
            Writer.header("yes", 0, []) + Writer.header("no", 1, [])
            + Writer.header("byte", 2, Writer.number(-2 as Int8))
            + Writer.header("short", 3, Writer.number(-300 as Int16))
            + Writer.header("int", 4, Writer.number(-70_000 as Int32))
            + Writer.header("long", 5, Writer.number(Int64.min)) + Writer.header("bytes", 6, Writer.count16([0, 255]))
            + Writer.header("text", 7, Writer.count16(Array("ä".utf8)))
            + Writer.header("time", 8, Writer.number(1 as Int64))
            + Writer.header("uuid", 9, uuid)
        var stream = AWSEventStream()
        try Writer.message(headers: headers, []).withUnsafeBytes { bytes in
            var cursor = 0
            let message = try #require(try stream.next(in: bytes, at: &cursor))
            let read = message.headers.map { header in
                let name = String(decoding: header.name, as: UTF8.self)
                switch header.value {
                case .flag(let flag): return "\(name) \(flag)"
                case .number(let number), .time(let number): return "\(name) \(number)"
                case .text(let text): return "\(name) \(String(decoding: text, as: UTF8.self))"
                case .bytes(let bytes), .uuid(let bytes): return "\(name) \(Array(bytes))"
                }
            }
            #expect(
                read == [
                    "yes true", "no false", "byte -2", "short -300", "int -70000", "long -9223372036854775808",
                    "bytes [0, 255]", "text ä", "time 1", "uuid \(uuid)",
                ])
            #expect(message.headers.text("text") != nil && message.headers.text("int") == nil)
        }
    }

    @Test(arguments: [
        [3, 97], AWSEventStreamWriter.header("a", 10, []), AWSEventStreamWriter.header("a", 4, [1, 2]),
        AWSEventStreamWriter.header("a", 7, [0, 9, 1]), [0],
    ])
    func `headers that don't fill their place are a fault`(headers: [UInt8]) {
        #expect(read([Writer.message(headers: headers, [1])[...]]).fault == .malformedHeaders)
    }

    @Test func `a large message in small pieces takes no more than its length`() {
        let payload = String(repeating: "x", count: 4 << 20)
        let bytes = Writer.event("a", payload)
        let pieces = stride(from: 0, to: bytes.count, by: 1000).map { bytes[$0..<min($0 + 1000, bytes.count)] }
        #expect(read(pieces).messages == ["a:" + payload])
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ])
    func `base64 is written and read`(text: String, base64: String) {
        #expect(Base64.encode(Array(text.utf8)) == base64)
        #expect(base64.withBytes { Base64.decode($0)?.text } == text)
        #expect(base64.filter { $0 != "=" }.withBytes { Base64.decode($0)?.text } == text)
    }

    @Test(arguments: ["Z", "Zg=x", "Zm9v=Zm9v", "Zm 9", "====", "Zm9vY"])
    func `what is no base64 is none`(text: String) {
        #expect(text.withBytes { Base64.decode($0) } == nil)
    }
}
