extension [StateMigration] {
    /// The steps of all features: each one's in its order, a new feature's at the end.
    static let all =
        ResponseSeals.migrations + StoredResponses.migrations + Ledger.migrations + SQLiteKeyStore.migrations
        + CopiedKeyStore.migrations
}
