import Logging
import NIOPosix
import WireFormats

/// The keys that clients call with, for whoever works on the gateway's own machine: they are made, listed and revoked in
/// the store of a configuration, whether the gateway runs or not. One that runs knows of it within a second.
///
/// ```swift
/// let keys = try await GatewayKeys.open(try GatewayConfiguration.load(path: "config.yaml"))
/// let made = try await keys.make(NewGatewayKey(name: "operations", isAdmin: true))
/// ```
public struct GatewayKeys: Sendable {
    private let register: KeyRegister
    private let configured: [KeyTerms]

    /// The keys of a configuration, and those that were made in its store: Redis, where replicas share them, else the file.
    ///
    /// - Throws: ``ConfigurationError`` when the authorities that Redis is to be trusted by can't be read.
    public static func open(_ configuration: GatewayConfiguration) async throws(ConfigurationError) -> GatewayKeys {
        let settings = configuration.settings
        let logger = Logger(label: "keys") { _ in SwiftLogNoOpLogHandler() }
        let database = StateDatabase(path: settings.store.path, migrations: .all, logger: logger)
        var store: any RunTimeKeyStore = SQLiteKeyStore(database)
        if let address = settings.redis.address {
            store = try await RedisStore.keys(address, on: MultiThreadedEventLoopGroup.singleton.next())
        }
        let ledger = Ledger(database, shards: 1, logger: logger)
        return GatewayKeys(
            register: KeyRegister(store: store, ledger: ledger, logger: logger), configured: settings.keys.map(\.terms))
    }

    /// Makes a key. The first one closes the gateway to callers without one, and must be an administrator's.
    ///
    /// - Throws: ``GatewayKeysRefusal``: the name is taken, a value can't be, the store can't be used.
    public func make(_ key: NewGatewayKey) async throws(GatewayKeysRefusal) -> MadeGatewayKey {
        do throws(KeyRefusal) {
            let entry = try RunTimeKeyEntry(reading: key.json)
            let made = try await register.make(entry, beside: configured.map(\.name), by: "command line")
            return MadeGatewayKey(key: made.secret, json: String(decoding: made.body, as: UTF8.self))
        } catch { throw GatewayKeysRefusal(error) }
    }

    /// Takes a key away.
    ///
    /// - Throws: ``GatewayKeysRefusal``: there is no such key, it stands in the configuration, the store can't be used.
    public func revoke(_ name: String) async throws(GatewayKeysRefusal) {
        do throws(KeyRefusal) {
            try await register.revoke(name, beside: configured.map(\.name), by: "command line")
        } catch { throw GatewayKeysRefusal(error) }
    }

    /// Every key with what it may do and what was used with it, the configuration's first: as a table for people, or as
    /// `GET /admin/keys` has it.
    public func list(json: Bool) async throws(GatewayKeysRefusal) -> String {
        do throws(KeyRefusal) {
            let keys = try await register.list(beside: configured)
            return json ? String(decoding: keys.body, as: UTF8.self) + "\n" : keys.table
        } catch { throw GatewayKeysRefusal(error) }
    }
}

/// What is asked of a key that is to be made; see the settings under `keys:`. nil: as under `limits:`, or none.
public struct NewGatewayKey: Sendable {
    /// Its own among all keys.
    public var name: String
    /// Whether it may operate the gateway.
    public var isAdmin: Bool
    /// Patterns of the names that it may call models by; none: all.
    public var models: [String] = []
    /// 0: no limit; so for the next one and for ``maxInFlight``.
    public var requestsPerMinute: Int?
    /// Input and output together.
    public var tokensPerMinute: Int?
    /// Requests at once.
    public var burst: Int?
    /// Calls at the same time.
    public var maxInFlight: Int?
    /// US dollars that its calls may cost in a ``budgetPeriod``.
    public var budget: Double?
    /// `day`, `week`, `month` or `total`.
    public var budgetPeriod: String?
    /// RFC 3339; from then on nobody can call with it.
    public var expiresAt: String?

    /// A key without limits of its own.
    public init(name: String, isAdmin: Bool = false) { (self.name, self.isAdmin) = (name, isAdmin) }

    /// As a client of `POST /admin/keys` would say it.
    fileprivate var json: String {
        let json = JSONWriter.write { json in
            json.object { json in
                json.field("name", name)
                json.array("models", models) { pattern, json in json.value(pattern) }
                json.field("requests_per_minute", requestsPerMinute)
                json.field("tokens_per_minute", tokensPerMinute)
                json.field("burst", burst)
                json.field("max_in_flight", maxInFlight)
                if budget != nil || budgetPeriod != nil {
                    json.object("budget") { json in
                        json.field("usd", budget.map { $0.isFinite ? $0 : -1 })
                        json.field("period", budgetPeriod)
                    }
                }
                json.field("admin", isAdmin)
                json.field("expires_at", expiresAt)
            }
        }
        return String(decoding: json, as: UTF8.self)
    }
}

/// A key that was just made, and is shown this once.
public struct MadeGatewayKey: Sendable {
    /// What clients send.
    public let key: Secret
    /// The entry with the key, as `POST /admin/keys` answers.
    public let json: String
}

/// Why something could not be done with a key.
public struct GatewayKeysRefusal: Error, Sendable, CustomStringConvertible {
    /// Whether something was asked for that can't be, as opposed to a store that can't be used.
    public let isOfRequest: Bool
    /// One sentence that says what to do.
    public let description: String

    init(_ refusal: KeyRefusal) {
        if case .unavailable(let unavailable) = refusal {
            isOfRequest = false
            description = "The store can't be used: \(unavailable.reason)"
        } else {
            isOfRequest = true
            description = refusal.clientView.message
        }
    }
}

extension [ListedKey] {
    /// One line for each key.
    fileprivate var table: String {
        let head = ["NAME", "ADMIN", "FROM", "EXPIRES", "REQUESTS", "INPUT", "OUTPUT", "COST USD", "MODELS"]
        let rows = map { key in
            [
                key.name, key.terms?.isAdmin == true ? "yes" : "no",
                key.createdAt == nil ? "configuration" : "run time",
                key.expiresAt.map(WrittenTime.write) ?? "never", "\(key.use.requests)", "\(key.use.inputTokens)",
                "\(key.use.outputTokens)", key.use.cost.text,
                key.terms?.models.isEmpty == false ? key.terms?.models.joined(separator: " ") ?? "" : "all",
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        let lines = ([head] + rows).map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) + "\n" }.joined()
    }
}
