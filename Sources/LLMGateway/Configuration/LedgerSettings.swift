/// `ledger:`, how much is kept of who used what.
struct LedgerSettings: Sendable {
    let retention: Duration
    let maxBytes: Int

    init(_ settings: Settings) {
        retention = settings.read(
            "retention", .duration(.seconds(3600)...(.seconds(87_600 * 3600))), default: .seconds(2160 * 3600),
            needsRestart: true,
            "How long the usage of an hour is kept. What each key used in all, and on each of the last 62 days, stays.")
        maxBytes = settings.read(
            "max_bytes", .size((64 << 10)...(1 << 40)), default: 256 << 20, needsRestart: true,
            "What the ledger may take of the store; the oldest hours go.")
    }
}
