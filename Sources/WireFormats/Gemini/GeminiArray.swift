/// A stream that is one JSON array, sent element by element: what Google sends to those who don't ask for events.
///
/// White space is allowed before its first bracket and between its elements, so that it can be kept alive. A broken one is
/// JSON too: the failure is its last element.
struct GeminiArray: StreamWrapping {
    func separator(isFirst: Bool) -> StaticString { isFirst ? "[" : "\n,\r\n" }

    func end(isEmpty: Bool) -> StaticString { isEmpty ? "[]" : "\n]" }

    func failure(_ failure: ChatFailure, isFirst: Bool) -> [UInt8] {
        let beginning = separator(isFirst: isFirst).withUTF8Buffer { Array($0) }
        return beginning + GeminiFailure.body(failure) + Array("\n]".utf8)
    }
}
