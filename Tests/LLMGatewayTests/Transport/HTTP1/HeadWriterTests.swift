import Testing

@testable import LLMGateway

struct HeadWriterTests {
    /// What is written into so many bytes; nil where it did not fit.
    private func written(room: Int = 512, _ body: (inout HeadWriter) -> Void) -> String? {
        var memory = [UInt8](repeating: 0xEE, count: room + 1)
        let text: String? = memory.withUnsafeMutableBytes { memory in
            var writer = HeadWriter(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<room]))
            body(&writer)
            #expect(writer.count <= room)
            return writer.overflowed ? nil : String(decoding: memory[..<writer.count], as: UTF8.self)
        }
        #expect(memory[room] == 0xEE)
        return text
    }

    private func field(_ value: String) -> String? { written { $0.field("a", value) } }

    @Test func `a response head is written`() {
        let text = written { writer in
            writer.statusLine(200)
            writer.field("content-type", "text/plain" as StaticString)
            writer.field("content-length", 1024)
            writer.field("x", "y\té")
            writer.end()
        }
        #expect(text == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1024\r\nx: y\té\r\n\r\n")
    }

    @Test func `a request head that is written is read`() throws {
        let target = Array("/v1/x?y".utf8)
        let text = try #require(
            written { writer in
                target.withUnsafeBytes { _ = writer.requestLine(HTTPMethod.post.name, target: $0) }
                writer.field("host", "a")
                writer.field("transfer-encoding", "chunked" as StaticString)
                writer.end()
            })
        let request = HTTP1Reading.request(Array(text.utf8)).message
        #expect(request?.target == "/v1/x?y")
        #expect(request?.framing == .chunked)
    }

    @Test func `every status has its reason, and an unknown one none`() {
        #expect(written { $0.statusLine(431) } == "HTTP/1.1 431 Request Header Fields Too Large\r\n")
        #expect(written { $0.statusLine(599) } == "HTTP/1.1 599 \r\n")
        for status in 100...599 {
            let line = written { $0.statusLine(status) } ?? ""
            #expect(HTTP1Reading.response(Array((line + "\r\n").utf8)).message?.status == status)
        }
    }

    @Test(arguments: ["a\rb", "a\nb", "a\u{0}b", "a\r\nx: y", "\u{7f}", "12345678\n", "1234567\u{1}9"])
    func `a value that would break out of its line is not written`(value: String) {
        #expect(field(value) == "")
        let bytes = Array(value.utf8)
        let name = Array("n".utf8)
        let text = written { writer in
            bytes.withUnsafeBytes { value in
                name.withUnsafeBytes { name in
                    let wasWritten = [
                        writer.field("a", value), writer.field(name, value), writer.field(value, name),
                        writer.requestLine("GET", target: value),
                    ]
                    #expect(!wasWritten.contains(true))
                }
            }
        }
        #expect(text == "")
    }

    @Test(arguments: ["", "a b", "a:", "é"])
    func `a name that is no token is not written`(name: String) {
        let bytes = Array(name.utf8)
        #expect(written { writer in bytes.withUnsafeBytes { _ = writer.field($0, $0) } } == "")
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 1023, 999_999, 1_000_000, -1, -10, Int.max, Int.min])
    func `numbers are written in decimal digits`(number: Int) {
        #expect(written { $0.decimal(number) } == String(number))
    }

    @Test(arguments: [0, 1, 9, 10, 15, 16, 255, 256, 0xABCDEF, UInt.max])
    func `numbers are written in hexadecimal digits`(number: UInt) {
        #expect(written { $0.hexadecimal(number) } == String(number, radix: 16))
    }

    @Test func `a chunk's size is read back`() throws {
        let line = try #require(written { $0.chunkSize(26) })
        #expect(line == "1a\r\n")
        let read = try HTTP1Reading.chunked([Array((line + String(repeating: "x", count: 26) + "\r\n0\r\n\r\n").utf8)])
        #expect(read?.body.count == 26)
    }

    @Test func `what does not fit is not written in part`() {
        let head: (inout HeadWriter) -> Void = { writer in
            writer.statusLine(200)
            writer.field("content-length", 12_345)
            writer.field("x-request-id", "abc")
            writer.end()
        }
        let whole = written(head) ?? ""
        #expect(written(room: whole.utf8.count, head) == whole)
        for room in 0..<whole.utf8.count { #expect(written(room: room, head) == nil) }
    }
}
