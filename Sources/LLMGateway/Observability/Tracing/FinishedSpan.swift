/// One piece of work within a trace, when it is over.
struct FinishedSpan: Sendable, Equatable {
    /// What it is called by those who are called from it.
    let context: TraceContext
    /// The span that it is a part of; nil: the trace begins with it.
    var parent: SpanID?
    /// `tracestate` as it came in; empty: there was none.
    var traceState = ""
    var name: String
    var kind = Kind.internal
    /// Nanoseconds since 1970; so is the end.
    var start: UInt64
    var end: UInt64
    var attributes = SpanFields()
    var events: [Event] = []
    var links: [Link] = []
    var status = Status.unset

    enum Kind: Sendable { case `internal`, server, client, producer, consumer }

    enum Status: Sendable, Equatable {
        case unset, ok
        /// - message: What kind of error, in a word; empty: none is known.
        case error(message: String)
    }

    struct Event: Sendable, Equatable {
        let name: String
        /// Nanoseconds since 1970.
        let time: UInt64
        var attributes = SpanFields()
    }

    struct Link: Sendable, Equatable {
        let context: TraceContext
        var attributes = SpanFields()
    }

    /// About how much memory it takes, in bytes.
    var size: Int {
        256 + name.utf8.count + traceState.utf8.count + attributes.size
            + events.reduce(0) { $0 + 64 + $1.name.utf8.count + $1.attributes.size }
            + links.reduce(0) { $0 + 64 + $1.attributes.size }
    }
}

/// What is said of a span: names and values, in the order in which they were said.
struct SpanFields: Sendable, Equatable {
    private(set) var all: [(name: String, value: Value)] = []

    enum Value: Sendable, Equatable {
        case text(String)
        case flag(Bool)
        case whole(Int64)
        case number(Double)
        indirect case list([Value])
    }

    /// The longest text that is kept, in bytes: names are the clients' to choose.
    private static let longestText = 1024

    /// - Parameter count: How many there may be.
    init(reserving count: Int = 0) { all.reserveCapacity(count) }

    mutating func add(_ name: String, _ value: Value) { all.append((name, value)) }

    /// Nothing is said where there is no value. Long texts are cut.
    mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        add(name, .text(text.utf8.count <= Self.longestText ? text : String(text.prefix(Self.longestText / 4)) + "…"))
    }

    mutating func add(_ name: String, _ number: Int?) { if let number { add(name, .whole(Int64(number))) } }

    mutating func add(_ name: String, _ number: Double?) { if let number { add(name, .number(number)) } }

    mutating func add(_ name: String, _ flag: Bool) { add(name, .flag(flag)) }

    subscript(name: String) -> Value? { all.last { $0.name == name }?.value }

    fileprivate var size: Int { all.reduce(0) { $0 + 48 + $1.name.utf8.count + $1.value.size } }

    static func == (one: SpanFields, other: SpanFields) -> Bool {
        one.all.elementsEqual(other.all) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension SpanFields.Value {
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .flag, .whole, .number: 0
        case .list(let values): values.reduce(0) { $0 + 16 + $1.size }
        }
    }
}
