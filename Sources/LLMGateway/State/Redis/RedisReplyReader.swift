import CHiredis

/// Takes replies out of the bytes that come from Redis, cut anywhere.
///
/// Used on one thread; its memory is hiredis', freed with it.
final class RedisReplyReader {
    /// What came is not the protocol of Redis, or longer than a reply may be. Nothing more can be read.
    struct Garbled: Error {
        let reason: String
    }

    /// In one array. What a gateway asks for comes in far fewer.
    private static let mostElements = 1 << 20

    private let reader: UnsafeMutablePointer<redisReader>
    /// hiredis' own functions, and the same with a look at the length of arrays.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let longest: Int

    /// - Parameter longest: Of one reply, in bytes.
    init(longest: Int) {
        self.longest = longest
        guard let reader = redisReaderCreate() else { preconditionFailure("there is no memory for a reader") }
        self.reader = reader
        functions = .allocate(capacity: 2)
        functions.initialize(repeating: reader.pointee.fn.pointee, count: 2)
        // The length is the peer's word: it must not make us allocate.
        functions[1].createArray = { task, count in
            guard let task, count <= RedisReplyReader.mostElements, let usual = task.pointee.privdata else {
                return nil
            }
            return usual.assumingMemoryBound(to: redisReplyObjectFunctions.self).pointee.createArray(task, count)
        }
        reader.pointee.privdata = UnsafeMutableRawPointer(functions)
        reader.pointee.fn = functions + 1
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes in what came.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(Garbled) {
        guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return }
        guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw garbled() }
    }

    /// The next whole reply; nil: more has to come.
    func next() throws(Garbled) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw garbled() }
        guard let reply else {
            guard reader.pointee.len - reader.pointee.pos <= longest else {
                throw Garbled(reason: "a reply is longer than \(longest) bytes")
            }
            return nil
        }
        defer { freeReplyObject(reply) }
        return try Self.reply(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private func garbled() -> Garbled {
        let sentence = withUnsafeBytes(of: reader.pointee.errstr) { text in
            String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Garbled(reason: sentence.isEmpty ? "the reply can't be read" : sentence)
    }

    private static func reply(_ reply: redisReply) throws(Garbled) -> RedisReply {
        func bytes() -> [UInt8] { Array(UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len))) }
        switch reply.type {
        case REDIS_REPLY_NIL: return .nothing
        case REDIS_REPLY_INTEGER: return .integer(reply.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: return .text(bytes())
        case REDIS_REPLY_ERROR: return .error(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            var elements: [RedisReply] = []
            for element in UnsafeBufferPointer(start: reply.element, count: Int(reply.elements)) {
                guard let element else { throw Garbled(reason: "an array lacks an element") }
                elements.append(try Self.reply(element.pointee))
            }
            return .array(elements)
        default: throw Garbled(reason: "a reply is of an unknown type")
        }
    }
}
