import NIOCore
import WireFormats

extension ServerConnection {
    /// The client's own request id when it is a proper one, else a new one.
    func requestID(orFrom random: inout RequestRandom) -> String {
        guard fields.contains(.xRequestID), let given = header(.xRequestID), (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy(Self.isIDByte)
        else { return random.requestID() }
        return given
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether a browser asks if its page may call (the Fetch standard).
    var isPreflight: Bool {
        method == .options && fields.contains(.origin) && fields.contains(.accessControlRequestMethod)
    }

    /// Begins an answer with the header lines that every answer has.
    func begin(status: Int, in format: (any WireFormat)? = nil, _ state: LoopState, requestID: String) {
        begin(status: status)
        write { head in
            head.field("x-request-id", requestID)
            head.field("x-content-type-options", "nosniff" as StaticString)
        }
        if let name = format?.requestIDHeader {
            write { head in head.field(name, requestID) }
        }
        if !state.snapshot.cors.isOff, let origin = header(.origin) {
            for (name, value) in state.snapshot.cors.headers(origin: origin) {
                write { head in head.field(name, value) }
            }
        }
    }

    /// A whole answer that no provider had a part in.
    func answer(
        status: Int, in format: (any WireFormat)? = nil, _ state: LoopState, requestID: String,
        contentType: StaticString = "application/json", body: [UInt8]
    ) {
        begin(status: status, in: format, state, requestID: requestID)
        write { head in head.field("content-type", contentType) }
        finish(body: ByteBuffer(bytes: body))
    }

    /// Tells a browser what its page may send here (the Fetch standard).
    func answerPreflight(_ state: LoopState, requestID: String) {
        begin(status: 204, state, requestID: requestID)
        let requested = header(.accessControlRequestHeaders)
        for (name, value) in state.snapshot.cors.preflightHeaders(requested: requested) {
            write { head in head.field(name, value) }
        }
        finish(body: ByteBuffer())
    }

    /// An error, in the client's format.
    func answer(
        _ failure: ChatFailure, in format: any WireFormat, _ state: LoopState, requestID: String,
        headers: [(name: String, value: String)] = []
    ) {
        begin(status: failure.status, in: format, state, requestID: requestID)
        writeFailure(failure, headers: headers)
        finish(body: ByteBuffer(bytes: format.failureBody(failure, requestID: requestID)))
    }

    fileprivate func writeFailure(_ failure: ChatFailure, headers: [(name: String, value: String)]) {
        write { head in
            head.field("content-type", "application/json" as StaticString)
            if let delay = failure.retryAfter { head.field("retry-after", Int(delay.wholeSecondsRoundedUp)) }
        }
        for (name, value) in headers {
            var (name, value) = (name, value)
            name.withUTF8 { name in
                value.withUTF8 { value in
                    let (name, value) = (UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value))
                    write { head in head.field(name, value) }
                }
            }
        }
    }
}

extension Call {
    /// Begins the answer to a call that a provider answered.
    ///
    /// - Parameter upstream: Where its content type is taken from; nil: it follows from the format.
    func beginAnswer(status: Int, upstream: UpstreamConnection?) {
        connection.begin(status: status, in: format, state, requestID: requestID)
        writeRateLimits()
        writeProvenance()
        if let upstream, let field = upstream.fields.first(.contentType) {
            upstream.withHead { bytes in
                connection.write { head in head.field("content-type", field.value(in: bytes)) }
            }
        } else {
            let type = streams ? format.streamContentType(at: place) : "application/json"
            connection.write { head in head.field("content-type", type) }
        }
        if streams {
            // Proxies in front must not gather a stream.
            connection.write { head in
                head.field("cache-control", "no-cache" as StaticString)
                head.field("x-accel-buffering", "no" as StaticString)
            }
        }
    }

    /// Which provider and model it was, how often was tried, and where the time went.
    private func writeProvenance() {
        guard let target else { return }
        let now = NIODeadline.now()
        // A keep-alive is sent in the middle of a wait.
        let pause = hasOnlyKeepAlives ? now - times.mark : .zero
        let (queue, upstream) = exchange == nil ? (pause, TimeAmount.zero) : (.zero, pause)
        let own = (now - connection.headStarted) - times.waits - pause
        connection.write { head in
            head.field("x-llm-gateway-provider", target.providerName)
            if !target.model.isEmpty { head.field("x-llm-gateway-model", target.model) }
            head.field("x-llm-gateway-attempts", attempts)
            head.field("x-llm-gateway-cache", cacheResult.label)
            if !losses.isEmpty { head.field("x-llm-gateway-dropped-params", losses.fieldNames) }
            if let cost, !streams { head.field("x-llm-gateway-cost-usd", cost.text) }
            head.bytes("server-timing: queue;dur=")
            head.milliseconds(times.queue + queue)
            head.bytes(", upstream;dur=")
            head.milliseconds(times.upstream + upstream)
            head.bytes(", gateway;dur=")
            head.milliseconds(own)
            head.bytes("\r\n")
        }
    }

    /// What the client is told of an error, in its format's statuses.
    func clientView(of error: GatewayError) -> ChatFailure {
        error.clientView(statusWhenOverloaded: format.statusWhenOverloaded)
    }

    /// Answers with an error, unless an answer has begun.
    func fail(_ error: GatewayError) {
        if hasOnlyKeepAlives { return failStream(error) { format.failureEvent($0, requestID: $1, at: place) } }
        guard !connection.hasAnswered, !connection.isClosed else { return }
        let failure = clientView(of: error)
        connection.begin(status: failure.status, in: format, state, requestID: requestID)
        writeRateLimits()
        writeProvenance()
        connection.writeFailure(failure, headers: error.headers)
        connection.finish(body: ByteBuffer(bytes: format.failureBody(failure, requestID: requestID)))
    }

    /// Ends a stream that has begun with the error event of the client's format, never with a clean end.
    ///
    /// - Parameter event: Writes it; a stream that was cut in the middle of an event has that to end first.
    func failStream(_ error: GatewayError, _ event: (ChatFailure, _ requestID: String) -> [UInt8]) {
        streamFailure = error
        let event = event(clientView(of: error), requestID)
        connection.write(piece: ByteBuffer(bytes: event))
        connection.endStream()
    }
}

extension [Loss] {
    /// What was lost, each once, for a header: `seed,top_k`. Names may be a client's own: what a header can't hold or
    /// nobody would read is left out of them.
    fileprivate var fieldNames: String {
        var names: [String] = []
        for loss in self {
            let name = String(decoding: loss.field.utf8.filter(Self.isPlain).prefix(64), as: UTF8.self)
            if !name.isEmpty, !names.contains(name), names.count < 32 { names.append(name) }
        }
        return names.joined(separator: ",")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_-.[]".utf8.contains(byte)
    }
}

extension HeadWriter {
    /// Milliseconds with their microseconds as digits: `12.345`.
    mutating func milliseconds(_ time: TimeAmount) {
        let micros = Int(max(0, time.nanoseconds) / 1000)
        decimal(micros / 1000)
        let rest = micros % 1000
        byte(UInt8(ascii: "."))
        byte(UInt8(48 + rest / 100))
        byte(UInt8(48 + rest / 10 % 10))
        byte(UInt8(48 + rest % 10))
    }
}

extension Duration {
    /// For `retry-after`, which has no fractions: never sooner than meant.
    fileprivate var wholeSecondsRoundedUp: Int64 {
        let parts = components
        return max(0, parts.seconds + (parts.attoseconds > 0 ? 1 : 0))
    }
}
