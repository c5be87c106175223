import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import LLMGateway

/// Whatever our parsers accept, llhttp accepts with the same meaning. (Not the other way round: ours are stricter.)
struct LLHTTPDifferentialTests {
    /// A message with its body, as one of the two parsers reads it.
    private struct Message: Equatable {
        var start = ""
        var isHTTP11 = true
        var fields: [String] = []
        var body: [UInt8] = []
        var isWhole = false
    }

    @Test(arguments: 0..<8)
    func `requests mean the same to llhttp`(seed: Int) throws {
        var messages = HTTP1Mutations(seed: UInt64(seed))
        var accepted = 0
        for _ in 0..<1500 {
            let bytes = messages.request()
            guard let ours = ourRequest(bytes) else { continue }
            accepted += 1
            #expect(try llhttpRequest(bytes) == ours, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(accepted > 300, "so few valid messages prove little")
    }

    @Test(arguments: 0..<8)
    func `responses mean the same to llhttp`(seed: Int) throws {
        var messages = HTTP1Mutations(seed: UInt64(seed))
        var accepted = 0
        for index in 0..<1500 {
            let bytes = messages.response()
            let isHead = index % 10 == 0
            guard let ours = ourResponse(bytes, isHead: isHead) else { continue }
            accepted += 1
            let theirs = try llhttpResponse(bytes, isHead: isHead, isInformational: ours.start.hasPrefix("1"))
            #expect(theirs == ours, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(accepted > 300, "so few valid messages prove little")
    }

    // MARK: Ours

    private func ourRequest(_ bytes: [UInt8]) -> Message? {
        guard let head = HTTP1Reading.request(bytes).message else { return nil }
        // llhttp knows a closed list of methods, and what an Upgrade asks for is no HTTP to it any more.
        guard HTTP1Mutations.methods.contains(head.method),
            !head.fields.contains(where: { $0.lowercased().hasPrefix("upgrade=") })
        else { return nil }
        guard let body = ourBody(bytes[head.length...], head.framing) else { return nil }
        return Message(
            start: "\(head.method) \(head.target)", isHTTP11: head.isHTTP11, fields: head.fields, body: body,
            isWhole: true)
    }

    private func ourResponse(_ bytes: [UInt8], isHead: Bool) -> Message? {
        guard let head = HTTP1Reading.response(bytes, isHead: isHead).message, head.status != 101,
            let body = ourBody(bytes[head.length...], head.framing)
        else { return nil }
        return Message(
            start: "\(head.status)", isHTTP11: head.isHTTP11, fields: head.fields, body: body, isWhole: true)
    }

    /// nil where the body is refused or has not ended.
    private func ourBody(_ rest: ArraySlice<UInt8>, _ framing: BodyFraming) -> [UInt8]? {
        switch framing {
        case .none: []
        case .length(let count): rest.count >= count ? Array(rest.prefix(count)) : nil
        case .chunked: (try? HTTP1Reading.chunked([Array(rest)]))?.body
        case .untilClose: Array(rest)
        }
    }

    // MARK: Theirs

    private func llhttpRequest(_ bytes: [UInt8]) throws -> Message {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        // An error may belong to what follows the message: what counts is which parts came out before it.
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        var message = Message()
        while !message.isWhole, let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                message.start = "\(head.method.rawValue) \(head.uri)"
                message.isHTTP11 = head.version == .http1_1
                message.fields = fields(head.headers)
            case .body(let buffer): message.body += buffer.readableBytesView
            case .end: message.isWhole = true
            }
        }
        _ = try? channel.finish()
        return message
    }

    private func llhttpResponse(_ bytes: [UInt8], isHead: Bool, isInformational: Bool) throws -> Message {
        let channel = EmbeddedChannel()
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        let request = HTTPRequestHead(version: .http1_1, method: isHead ? .HEAD : .GET, uri: "/")
        channel.write(HTTPClientRequestPart.head(request), promise: nil)
        channel.write(HTTPClientRequestPart.end(nil), promise: nil)
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        _ = try? channel.finish()  // the end of a body that only the peer's close ends
        var message = Message()
        while !message.isWhole, let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                message.start = "\(head.status.code)"
                message.isHTTP11 = head.version == .http1_1
                message.fields = fields(head.headers)
                message.isWhole = isInformational  // the decoder sends no end after these
            case .body(let buffer): message.body += buffer.readableBytesView
            case .end: message.isWhole = true
            }
        }
        return message
    }

    /// llhttp leaves white space at the end of a value, where it is no part of it (RFC 9110, 5.5).
    private func fields(_ headers: HTTPHeaders) -> [String] {
        headers.map { header in
            let end = header.value.utf8.lastIndex { $0 != 0x20 && $0 != 0x09 }
            return header.name + "=" + (end.map { header.value[...$0] } ?? "")
        }
    }
}
