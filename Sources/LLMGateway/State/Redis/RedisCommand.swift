import CHiredis

/// A command, as it is sent.
struct RedisCommand: Sendable {
    let bytes: [UInt8]
    /// The script that it runs by its digest; nil: none.
    let script: RedisScript.Call?

    /// A command of byte strings, its name first.
    init(_ arguments: [[UInt8]], running script: RedisScript.Call? = nil) {
        self.script = script
        var (all, ends): ([CChar], [Int]) = ([], [])
        all.reserveCapacity(arguments.reduce(0) { $0 + $1.count })
        for argument in arguments {
            all += argument.lazy.map { CChar(bitPattern: $0) }
            ends.append(all.count)
        }
        var lengths = arguments.map(\.count)
        bytes = all.withUnsafeBufferPointer { all in
            var starts = zip(ends, lengths).map { end, length in all.baseAddress.map { $0 + (end - length) } }
            var formatted: UnsafeMutablePointer<CChar>?
            let count = Int(redisFormatCommandArgv(&formatted, Int32(arguments.count), &starts, &lengths))
            guard count > 0, let formatted else { preconditionFailure("there is no memory for a command") }
            defer { redisFreeCommand(formatted) }
            return Array(UnsafeRawBufferPointer(start: formatted, count: count))
        }
    }

    /// A command of texts, its name first.
    init(_ arguments: String...) { self.init(arguments.map { Array($0.utf8) }) }
}
