import WireFormats

/// How a state lies in a store that replicas share: JSON, as short as it may be read at sight.
extension CallState {
    var json: [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("name", name)
                if let state { json.object("state") { state.write(to: &$0) } }
                json.array("thoughts", thoughts) { thought, json in
                    json.object { json in
                        if case .reasoning(let text) = thought.content { json.field("text", text) }
                        if let state = thought.state { json.object("state") { state.write(to: &$0) } }
                    }
                }
            }
        }
    }

    /// - Returns: nil for what isn't the JSON of a state.
    init?(json: [UInt8]) {
        let tape = JSONTape()
        let read = json.withUnsafeBytes { bytes -> CallState? in
            guard let node = try? tape.parse(bytes), let name = try? node["name"]?.string() else { return nil }
            var thoughts: [ChatPart] = []
            if let list = node["thoughts"] {
                for thought in list.anyElements {
                    let text = thought["text"].flatMap { try? $0.string() }
                    let state = thought["state"].flatMap { OpaqueState($0) }
                    thoughts.append(ChatPart(text.map { .reasoning($0) } ?? .hiddenReasoning, state: state))
                }
            }
            return CallState(name: name, thoughts: thoughts, state: node["state"].flatMap { OpaqueState($0) })
        }
        guard let read else { return nil }
        self = read
    }
}

extension OpaqueState {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("origin", origin)
        json.field("value", value)
        json.field("id", id)
    }

    fileprivate init?(_ node: JSONNode) {
        guard let origin = try? node["origin"]?.string(), let value = try? node["value"]?.string() else { return nil }
        self.init(origin: origin, value: value, id: node["id"].flatMap { try? $0.string() })
    }
}
