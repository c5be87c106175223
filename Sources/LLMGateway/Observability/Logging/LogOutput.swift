import Logging
import Synchronization

/// Where all loggers of the process write, how, and from which level on.
final class LogOutput: Sendable {
    /// `log.format`.
    enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line.
        case json
        /// For people: time, level, message, `key=value`.
        case text
    }

    let sink: LogSink
    let format: Format
    private let threshold: Atomic<Int>

    init(_ sink: LogSink, format: Format = .json, level: Logger.Level = .info) {
        (self.sink, self.format) = (sink, format)
        threshold = Atomic(level.rank)
    }

    /// The lowest level that is written. A change takes effect at once, for the loggers that there are too, except those
    /// whose level was set for themselves.
    var level: Logger.Level {
        get { Logger.Level.ranked[threshold.load(ordering: .relaxed)] }
        set { threshold.store(newValue.rank, ordering: .relaxed) }
    }

    /// A logger of this output. For libraries: `LoggingSystem.bootstrap { output.handler($0) }`.
    func logger(_ label: String) -> Logger {
        Logger(label: label) { _ in handler(label) }
    }

    /// Writes a line, whatever its level: time, level and message, then what `fields` adds.
    @inline(__always)
    func write(
        _ level: Logger.Level, _ message: String, at time: WallClock = .now, _ fields: (inout LogLine) -> Void
    ) {
        var line = LogLine(format)
        line.begin(at: time, level, message)
        fields(&line)
        line.end()
        line.buffer.withBytes { sink.write($0) }
    }

    func handler(_ label: String) -> GatewayLogHandler { GatewayLogHandler(label, output: self) }
}

extension Logger.Level {
    /// 0 for the most talkative.
    fileprivate var rank: Int { Self.ranked.firstIndex(of: self) ?? 0 }

    /// Kept, because `allCases` makes an array each time.
    fileprivate static let ranked = allCases

    /// As it is written.
    var word: StaticString {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
