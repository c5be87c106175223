extension ChatRequest {
    /// Names a field that is not carried on.
    mutating func leaveUnread(_ field: String, objection: String? = nil) {
        guard unread.count < Self.mostUnread || objection != nil, !unread.contains(where: { $0.name == field }) else {
            return
        }
        unread.append(UnreadField(field, objection: objection))
    }

    /// Names the members of `object` that say something and are not among those that were `read`.
    mutating func leaveUnread(
        of object: JSONNode, butFor read: [StaticString], under path: String = ""
    ) throws(MalformedBody) {
        for (key, value) in try object.members() where !value.isIdle && !read.contains(where: key.equals) {
            leaveUnread(path + key.decoded())
        }
    }

    /// Nobody reads a longer list, and a body may hold any number of fields.
    private static let mostUnread = 32
}

extension JSONNode {
    /// Whether the value is what leaving the field out means too.
    fileprivate var isIdle: Bool {
        switch kind {
        case .null, .false: true
        case .true, .number: false
        case .string: contents.count == 0
        case .array, .object: raw.dropFirst().first { $0 > 0x20 } == raw.last
        }
    }
}
