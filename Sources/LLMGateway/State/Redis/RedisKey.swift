/// What the gateway's things are called in Redis, where others may have theirs.
///
/// What is used together has one part in braces, or is one key: a Redis Cluster keeps it in one place then.
enum RedisKey {
    private static let prefix = "llm-gateway:"

    /// Written by each connection before it is used, and gone at once.
    static let trial = "\(prefix)trial"
    /// Which replicas there are.
    static let replicas = "\(prefix)replicas"
    /// What ids of stored responses are sealed with.
    static let responseSecret = "\(prefix)secret:responses"
    /// Keys that were made at run time, by name; and a text that is another one after each change.
    static let runTimeKeys = "\(prefix){keys}"
    static let runTimeKeysVersion = "\(prefix){keys}:version"

    /// What a gateway key has used; of callers without one, for an empty name.
    static func limits(ofKey name: String) -> String { "\(prefix)limits:{key/\(tag(name))}" }

    /// What an address has used.
    static func limits(ofAddress address: String) -> String { "\(prefix)limits:{address/\(tag(address))}" }

    /// What belongs to a tool call that was made for a client.
    static func callState(_ call: String, of client: String) -> String { "\(prefix)state:{\(tag(client))}:\(call)" }

    /// A stored dialogue.
    static func dialogue(_ id: StoredResponse.ID) -> String { "\(prefix)dialogue:{\(id.dialoguePart)}" }

    /// A name that can stand between braces, and no two names the same.
    private static func tag(_ name: String) -> String {
        name.replacing("%", with: "%25").replacing("{", with: "%7B").replacing("}", with: "%7D")
    }
}
