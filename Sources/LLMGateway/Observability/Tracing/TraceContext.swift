/// Where a call stands in a trace, as one program tells another (W3C Trace Context, level 1).
struct TraceContext: Hashable, Sendable {
    let traceID: TraceID
    /// The span that whoever is told of it is called from.
    let spanID: SpanID
    /// Whether whoever began the trace wants it recorded.
    let isSampled: Bool

    init(traceID: TraceID, spanID: SpanID, isSampled: Bool) {
        (self.traceID, self.spanID, self.isSampled) = (traceID, spanID, isSampled)
    }

    /// Reads the value of `traceparent`; nil for one that breaks the rules, which counts as none. Of versions above 00 it
    /// reads what 00 has, and expects a dash before the rest.
    init?(_ value: UnsafeRawBufferPointer) {
        let dash = UInt8(ascii: "-")
        guard value.count >= Self.length, value[2] == dash, value[35] == dash, value[52] == dash,
            let version = HexadecimalDigits.read(value[0..<2]), version != 0xFF,
            value.count == Self.length || version > 0 && value[Self.length] == dash,
            let high = HexadecimalDigits.read(value[3..<19]), let low = HexadecimalDigits.read(value[19..<35]),
            let traceID = TraceID(high: high, low: low),
            let spanID = HexadecimalDigits.read(value[36..<52]).flatMap(SpanID.init(bits:)),
            let flags = HexadecimalDigits.read(value[53..<55])
        else { return nil }
        self.init(traceID: traceID, spanID: spanID, isSampled: flags & 1 == 1)
    }

    init?(_ text: String) {
        var text = text
        guard let context = text.withUTF8({ Self(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = context
    }

    /// The value of `traceparent`, version 00.
    var traceparent: String {
        String(unsafeUninitializedCapacity: Self.length) { text in
            let dash = UInt8(ascii: "-")
            let zero = UInt8(ascii: "0")
            for (position, byte) in [(0, zero), (1, zero), (2, dash), (35, dash), (52, dash), (53, zero)] {
                text[position] = byte
            }
            text[54] = isSampled ? UInt8(ascii: "1") : zero
            guard let start = text.baseAddress else { return 0 }
            HexadecimalDigits.write(traceID.high, to: start + 3)
            HexadecimalDigits.write(traceID.low, to: start + 19)
            HexadecimalDigits.write(spanID.bits, to: start + 36)
            return Self.length
        }
    }

    /// Of version 00, in bytes.
    private static let length = 55
}
