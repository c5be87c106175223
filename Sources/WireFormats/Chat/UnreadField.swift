/// A field of a request that the canonical model has no place for.
public struct UnreadField: Sendable, Equatable {
    /// Its name, as the client spelled it: `logit_bias`, `messages[2].name`.
    public let name: String
    /// Why the call can't be answered in another format without it: one clause, as "asks for audio"; nil: the answer
    /// means the same without it, so it is dropped and reported.
    public let objection: String?

    /// A field that another format does without.
    public init(_ name: String, objection: String? = nil) { (self.name, self.objection) = (name, objection) }
}

extension [UnreadField] {
    /// Nobody reads a longer list, and a body may hold any number of fields.
    private static var most: Int { 32 }

    /// Names a field that isn't carried on, once. However many there are, the first objection is among those that are
    /// remembered: it alone decides.
    mutating func note(_ name: String, objection: String? = nil) {
        guard count < Self.most || (objection != nil && allSatisfy { $0.objection == nil }),
            !contains(where: { $0.name == name && ($0.objection != nil || objection == nil) })
        else { return }
        append(UnreadField(name, objection: objection))
    }

    /// Names the members of `object` that say something and are not among those that were `read`.
    ///
    /// - Parameter path: What stands before their names, as `options.`.
    mutating func note(
        membersOf object: JSONNode, butFor read: [StaticString], under path: String = ""
    ) throws(MalformedBody) {
        for (key, value) in try object.members() where !value.saysNothing && !read.contains(where: key.equals) {
            note(path + key.decoded())
        }
    }

    /// What gets lost with these fields, each once.
    ///
    /// - Throws: ``Untranslatable`` for one without which the answer would mean something else.
    public func losses() throws(Untranslatable) -> [Loss] {
        var losses: [Loss] = []
        var told: Set<String> = []
        for field in self {
            if let objection = field.objection {
                throw Untranslatable(
                    field.name,
                    "The request \(objection), which this model's provider has no way to say; leave '\(field.name)' out."
                )
            }
            if told.insert(field.name).inserted {
                losses.append(Loss(field.name, "has no counterpart in the target's format"))
            }
        }
        return losses
    }
}

extension JSONNode {
    /// Whether the value is what leaving the field out means too: null, false, and what is empty.
    var saysNothing: Bool {
        switch kind {
        case .null, .false: true
        case .true, .number: false
        case .string: contents.count == 0
        case .array, .object: raw.dropFirst().first { $0 > 0x20 } == raw.last
        }
    }
}
