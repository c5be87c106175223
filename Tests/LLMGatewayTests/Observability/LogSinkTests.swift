import Testing

@testable import LLMGateway

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pipe whose ends are closed with it.
final class LogPipe: Sendable {
    struct Failed: Error {}
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed() }
        (reading, writing) = (ends[0], ends[1])
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// What is in the pipe now.
    func readAvailable() -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(reading, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}

extension LogSink {
    fileprivate func write(_ text: String) { Array(text.utf8).withUnsafeBytes { write($0) } }
}

@Suite struct LogSinkTests {
    @Test func `lines of one thread come out whole and in their order`() async throws {
        let pipe = try LogPipe()
        let sink = LogSink(descriptor: pipe.writing)
        var seen = ""
        for round in 0..<20 {
            for line in 0..<50 { sink.write("\(round * 50 + line)\n") }
            #expect(await sink.flush(within: .seconds(5)))
            seen += pipe.readAvailable()
        }
        #expect(seen.split(separator: "\n").compactMap { Int($0) } == Array(0..<1000))
        #expect(sink.dropped == 0)
        sink.close()
    }

    @Test(arguments: [false, true])
    func `a full pipe never blocks a writer: what has no room is dropped and counted`(nonBlocking: Bool) async throws {
        let pipe = try LogPipe()
        if nonBlocking { _ = fcntl(pipe.writing, F_SETFL, O_NONBLOCK) }
        let sink = LogSink(descriptor: pipe.writing, capacity: 100_000)
        let line = String(repeating: "x", count: 999) + "\n"
        let start = Instant.now
        for _ in 0..<1000 { sink.write(line) }
        #expect(Instant.now - start < .seconds(1))
        #expect(await sink.flush(within: .milliseconds(50)) == false)
        #expect(sink.dropped >= 700)

        // The reader comes back: everything that was taken is there, and the rest is in the count.
        var seen = 0
        let deadline = Instant.now + .seconds(5)
        while await sink.flush(within: .milliseconds(5)) == false, Instant.now < deadline {
            seen += pipe.readAvailable().utf8.count
        }
        seen += pipe.readAvailable().utf8.count
        #expect(UInt64(seen / 1000) + sink.dropped == 1000)
        sink.close()
    }

    @Test func `a reader that went away ends the sink quietly`() async throws {
        let pipe = try LogPipe()
        let other = dup(pipe.writing)
        let sink = LogSink(descriptor: other)
        _ = dup2(open("/dev/null", O_RDONLY), pipe.reading)  // the pipe has no reader any more
        sink.write("lost\nlost\n")
        #expect(await sink.flush(within: .seconds(5)))
        sink.write("refused\n")
        #expect(sink.dropped == 3)
        close(other)
    }

    @Test func `a closed sink writes what it has and takes no more`() async throws {
        let pipe = try LogPipe()
        let sink = LogSink(descriptor: pipe.writing)
        sink.write("last\n")
        sink.close()
        sink.write("too late\n")
        #expect(await sink.flush(within: .seconds(5)))
        #expect(pipe.readAvailable() == "last\n")
        #expect(sink.dropped == 1)
    }
}
