/// `redis:`, where replicas of the gateway share what they know.
struct RedisSettings: Sendable {
    /// nil: there is none; each process counts by itself, and `store:` keeps what outlives a call.
    let address: RedisAddress?

    init(_ settings: Settings) {
        address =
            settings.readIfSet(
                "url", .redisURL, belowFile: ["REDIS_URL"], needsRestart: true,
                "What replicas share lives there: limits, budgets, stored responses, keys made at run time. "
                    + "Empty: nothing is shared.")?
            .value
    }
}
