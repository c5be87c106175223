/// `log:`, what is written to standard output.
struct LogSettings: Sendable {
    let level: Level
    let format: Format
    let bodies: Bool
    /// Characters.
    let maxBodyLength: Int
    let redact: [String]
    /// Lines of the access log a second; 0: all.
    let maxSuccessPerSecond: Int

    /// The names are swift-log's.
    enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    enum Format: String, CaseIterable, Sendable {
        case json, text
    }

    init(_ settings: Settings) {
        level = settings.read("level", .choice, default: .info, "The least level that is written.")
        format = settings.read(
            "format", .choice, default: .json, needsRestart: true, "One JSON object a line, or text for people.")
        bodies = settings.read(
            "bodies", .flag, default: false, "Log the bodies of requests and answers, credentials removed.")
        maxBodyLength = settings.read(
            "max_body_length", .integer(0...10_000_000), default: 10_000, "A logged body is cut here; characters.")
        redact = settings.read(
            "redact", .list(allowed: "regular expressions", each: WrittenForm.regularExpression), default: [],
            "What to remove from logged bodies, besides credentials.")
        maxSuccessPerSecond = settings.read(
            "max_success_per_second", .integer(0...10_000_000), default: 0,
            "Log at most this many successful requests a second; failures always. 0: all.")
    }
}
