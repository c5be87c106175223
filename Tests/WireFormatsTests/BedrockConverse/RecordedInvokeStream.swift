@testable import WireFormats

/// The events that a recorded `invoke-with-response-stream` holds: each message of its ``AWSEventStream`` has one event of the
/// model's own, as base64. Claude's are those of its own API.
enum RecordedInvokeStream {
    static func events(_ stream: [UInt8], splitAt cuts: [Int] = []) throws -> [[UInt8]] {
        var messages = AWSEventStream(limit: 16 << 20)
        let tape = JSONTape()
        var events: [[UInt8]] = []
        for (start, end) in zip([0] + cuts, cuts + [stream.count]) {
            try Array(stream[start..<end]).withUnsafeBytes { piece in
                var cursor = 0
                while let message = try messages.next(in: piece, at: &cursor) {
                    guard message.headers.text(":event-type")?.equals("chunk") == true else { continue }
                    var text = try tape.parse(message.payload).required("bytes").decoded()
                    guard let event = text.withUTF8({ Base64.decode(UnsafeRawBufferPointer($0)) }) else {
                        throw MalformedBody(.invalidValue, message: "an event is no base64")
                    }
                    events.append(event)
                }
            }
        }
        return events
    }
}
