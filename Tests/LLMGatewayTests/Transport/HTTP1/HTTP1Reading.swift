@testable import LLMGateway

/// What a parser says about some bytes, in strings that a test can compare.
struct ReadRequest: Equatable {
    var method = ""
    var target = ""
    var isHTTP11 = true
    var fields: [String] = []
    var framing = BodyFraming.none
    var length = 0
    var keepsAlive = true
    var expectsContinue = false
    var path = ""
    var query: String?
}

/// The same for a response.
struct ReadResponse: Equatable {
    var status = 0
    var isHTTP11 = true
    var fields: [String] = []
    var framing = BodyFraming.none
    var length = 0
    var keepsAlive = true
}

/// Why there is no message: nil where more bytes would have been needed.
struct Unread: Error, Equatable {
    var error: HeadError?
}

enum HTTP1Reading {
    /// Parses the bytes in pieces that end at `splits` and at the end; each call sees a fresh copy, as after a buffer has moved.
    static func request(
        _ bytes: [UInt8], splits: [Int] = [], limits: HeadLimits = HeadLimits()
    ) -> Result<ReadRequest, Unread> {
        var parser = RequestHeadParser(limits: limits)
        for end in splits + [bytes.count] {
            let result: Result<ReadRequest, Unread>? = Array(bytes[..<end]).withUnsafeBytes { seen in
                switch parser.parse(seen) {
                case .needMore: nil
                case .invalid(let error): .failure(Unread(error: error))
                case .complete: .success(describe(parser, seen))
                }
            }
            if let result { return result }
        }
        return .failure(Unread(error: nil))
    }

    /// See ``request(_:splits:limits:)``.
    static func response(
        _ bytes: [UInt8], splits: [Int] = [], isHead: Bool = false, limits: HeadLimits = HeadLimits()
    ) -> Result<ReadResponse, Unread> {
        var parser = ResponseHeadParser(limits: limits, isHead: isHead)
        for end in splits + [bytes.count] {
            let result: Result<ReadResponse, Unread>? = Array(bytes[..<end]).withUnsafeBytes { seen in
                switch parser.parse(seen) {
                case .needMore: nil
                case .invalid(let error): .failure(Unread(error: error))
                case .complete: .success(describe(parser, seen))
                }
            }
            if let result { return result }
        }
        return .failure(Unread(error: nil))
    }

    /// Gathers a chunked body that comes in pieces: its bytes, and how many bytes of the input belong to it.
    ///
    /// - Returns: nil where it does not end.
    /// - Throws: ``Refused``.
    static func chunked(_ pieces: [[UInt8]]) throws(Refused) -> (body: [UInt8], consumed: Int)? {
        var parser = ChunkedBodyParser()
        var body: [UInt8] = []
        var before = 0
        for piece in pieces {
            var offset = 0
            while offset <= piece.count {
                let step = piece.withUnsafeBytes { parser.next($0, from: &offset) }
                switch step {
                case .data(let range):
                    body += piece[range]
                    continue
                case .end(let consumed): return (body, before + consumed)
                case .invalid(let why): throw Refused(why: why.description)
                case .needMore: break
                }
                break
            }
            before += piece.count
        }
        return nil
    }

    struct Refused: Error, Equatable { var why: String }

    /// A small generator with a seed, so that a failing test fails again.
    struct Dice: RandomNumberGenerator {
        private var state: UInt64
        init(seed: UInt64) { state = seed }
        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private static func fields(_ fields: HeaderFields, _ bytes: UnsafeRawBufferPointer) -> [String] {
        fields.all.map { text(bytes, $0.name) + "=" + text(bytes, $0.value) }
    }

    private static func describe(_ parser: RequestHeadParser, _ bytes: UnsafeRawBufferPointer) -> ReadRequest {
        ReadRequest(
            method: text(bytes, parser.methodRange), target: text(bytes, parser.target), isHTTP11: parser.isHTTP11,
            fields: fields(parser.fields, bytes), framing: parser.framing, length: parser.length,
            keepsAlive: parser.keepsAlive, expectsContinue: parser.expectsContinue,
            path: text(bytes, parser.path), query: parser.query.map { text(bytes, $0) })
    }

    private static func describe(_ parser: ResponseHeadParser, _ bytes: UnsafeRawBufferPointer) -> ReadResponse {
        ReadResponse(
            status: parser.status, isHTTP11: parser.isHTTP11, fields: fields(parser.fields, bytes),
            framing: parser.framing, length: parser.length, keepsAlive: parser.keepsAlive)
    }
}

extension Result where Failure == Unread {
    /// Why the head was refused; nil for one that was read and for one that has not ended.
    var refusal: HeadError? {
        if case .failure(let unread) = self { unread.error } else { nil }
    }

    /// What was read; nil for a head that was refused and for one that has not ended.
    var message: Success? { try? get() }

    /// Whether the bytes end before the head does.
    var wantsMore: Bool {
        if case .failure(let unread) = self { unread.error == nil } else { false }
    }
}
