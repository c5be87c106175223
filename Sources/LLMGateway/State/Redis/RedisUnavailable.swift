/// Why Redis gave no answer that can be used, for the operator.
enum RedisUnavailable {
    /// The reply, unless there is none or it is a refusal.
    static func checked(_ reply: RedisReply?) throws(StateUnavailable) -> RedisReply {
        guard let reply else { throw StateUnavailable(reason: "Redis is out of reach") }
        if let error = reply.error { throw StateUnavailable(reason: "Redis says: \(error)") }
        return reply
    }
}
