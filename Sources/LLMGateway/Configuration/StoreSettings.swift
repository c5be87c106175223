/// `store:`, where what outlives a call is kept.
struct StoreSettings: Sendable {
    /// An SQLite file; its folder is made when it is first needed.
    let path: String
    /// nil: one is made once, and kept in the store.
    let secret: Secret?

    init(_ settings: Settings) {
        path = settings.read(
            "path", .text, default: "data/llm-gateway.sqlite", needsRestart: true,
            "The SQLite file for what outlives a call: responses, run-time keys, usage. Made when it is first needed.")
        secret =
            settings.readIfSet(
                "secret", .secret, needsRestart: true,
                "Seals the ids of stored responses; the same for all replicas. Empty: made once, kept in the store.")?
            .value
    }
}
