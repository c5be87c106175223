import Foundation

/// What a test waited for in vain, in words.
struct Unfulfilled: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Waits until `condition` holds, looking every few milliseconds.
///
/// - Throws: ``Unfulfilled`` naming `what` when it still does not hold after `limit`.
func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(5), _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < end else { throw Unfulfilled("not within \(limit): \(what())") }
        usleep(3_000)
    }
}

/// Waits until `value` is there, and returns it.
func eventually<Value>(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(5), _ value: () throws -> Value?
) throws -> Value {
    var found: Value?
    try eventually(what(), within: limit) {
        found = try value()
        return found != nil
    }
    guard let found else { throw Unfulfilled(what()) }
    return found
}

extension Duration {
    /// In milliseconds, rounded down; for `poll` and for messages.
    var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
