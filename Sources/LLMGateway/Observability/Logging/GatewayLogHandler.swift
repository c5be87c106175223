import Logging

/// Writes what is logged as one line: time, level, message, the logger's label, metadata in the order of its keys.
struct GatewayLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private var ownLevel: Logger.Level?

    init(_ label: String, output: LogOutput) { (self.label, self.output) = (label, output) }

    /// The output's level, unless this logger was given one.
    var logLevel: Logger.Level {
        get { ownLevel ?? output.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        output.write(event.level, event.message.description) { line in
            line.field("logger", label)
            if let error = event.error { line.field("error", "\(error)") }
            append(merged(event.metadata ?? [:]), to: &line)
        }
    }

    private func append(_ details: Logger.Metadata, to line: inout LogLine) {
        guard !details.isEmpty else { return }
        for (key, value) in details.sorted(by: { $0.key < $1.key }) { line.field(named: key, value) }
    }

    /// The nearer wins: the statement's, the provider's, the logger's.
    private func merged(_ details: Logger.Metadata) -> Logger.Metadata {
        let provided = metadataProvider?.get() ?? [:]
        if metadata.isEmpty && provided.isEmpty { return details }
        return metadata.merging(provided) { _, new in new }.merging(details) { _, new in new }
    }
}
