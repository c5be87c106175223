import Synchronization

/// The last lines that went to the log, for those who can't see where it goes to. Bounded in lines and in bytes.
///
/// Filled by the log's own thread, a batch at a time: whoever logs neither waits for it nor knows of it.
final class LogTail: Sendable {
    /// More lines than these are not handed out.
    static let mostLines = 1000
    /// In bytes. Up to twice as much is held, so that the oldest are dropped in large pieces.
    let capacity: Int
    private let text = Mutex<[UInt8]>([])

    init(capacity: Int = 1 << 20) { self.capacity = capacity }

    /// Takes whole lines, each with its line feed.
    func append(_ lines: [UInt8]) {
        text.withLock { text in
            if lines.count > capacity {
                text = Array(lines[Self.lineStart(in: lines, from: lines.count - capacity)...])
            } else {
                text += lines
                guard text.count > 2 * capacity else { return }
                text.removeFirst(Self.lineStart(in: text, from: text.count - capacity))
            }
        }
    }

    /// Where the first line begins that isn't begun before `position`, which is above 0.
    private static func lineStart(in text: [UInt8], from position: Int) -> Int {
        text[(position - 1)...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.count
    }

    /// Up to so many lines, without their line feeds; the newest is the last.
    func last(_ count: Int) -> [ArraySlice<UInt8>] {
        let text = text.withLock { $0 }
        var lines: [ArraySlice<UInt8>] = []
        var end = text.count
        while lines.count < min(count, Self.mostLines), end > 0 {
            let start = text[..<(end - 1)].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            lines.append(text[start..<(end - 1)])
            end = start
        }
        return lines.reversed()
    }
}
