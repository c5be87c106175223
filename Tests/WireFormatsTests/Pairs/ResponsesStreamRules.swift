/// What official clients expect of a Responses stream: every piece announced, told and closed under its item's id, and the
/// whole answer at the end.
enum ResponsesStreamRules {
    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        var check = Check()
        for (place, event) in events.enumerated() { check.read(event, at: place, of: events.count) }
        return check.mistakes
    }

    private struct Check {
        var mistakes: [String] = []
        /// The id of each item that is open, by its place in the output.
        private var open: [Int: String] = [:]
        private var done: [Int: [String: Any]] = [:]
        /// What deltas told, by the item's id, the piece's place and its kind.
        private var told: [String: String] = [:]

        mutating func read(_ event: StreamGrammar.Event, at place: Int, of count: Int) {
            let type = event.text("type") ?? ""
            if event.name != type { mistakes.append("\(event.name ?? "-") names \(type)") }
            if event.number("sequence_number") != place { mistakes.append("\(type) is not number \(place)") }
            if (place == 0) != (type == "response.created") { mistakes.append("\(type) at \(place)") }
            if (place == 1) != (type == "response.in_progress") { mistakes.append("\(type) at \(place)") }
            switch type {
            case "response.created", "response.in_progress": break
            case "response.completed", "response.incomplete":
                if place != count - 1 { mistakes.append("\(type) isn't the last") }
                finish(event.object("response") ?? [:], as: String(type.dropFirst("response.".count)))
            case "response.output_item.added": begin(event)
            case "response.output_item.done": end(event)
            default: readPiece(event, type)
            }
            if place == count - 1, !type.hasSuffix("completed"), !type.hasSuffix("incomplete") {
                mistakes.append("ends with \(type)")
            }
        }

        private mutating func begin(_ event: StreamGrammar.Event) {
            guard let place = event.number("output_index"), let id = event.object("item")?["id"] as? String, !id.isEmpty
            else { return mistakes.append("an item without place or id") }
            if place != open.count + done.count { mistakes.append("item \(place) is out of order") }
            open[place] = id
        }

        private mutating func end(_ event: StreamGrammar.Event) {
            guard let place = event.number("output_index"), let item = event.object("item"),
                let id = open.removeValue(forKey: place), item["id"] as? String == id
            else { return mistakes.append("an item ends that wasn't open") }
            done[place] = item
            if let arguments = item["arguments"] as? String, arguments != told["\(id) arguments"] ?? "" {
                mistakes.append("the arguments of \(id) weren't told")
            }
            for (part, content) in (item["content"] as? [[String: Any]] ?? []).enumerated() {
                let text = content["text"] as? String ?? content["refusal"] as? String ?? ""
                if text != told["\(id) content \(part)"] { mistakes.append("the content of \(id) wasn't told") }
            }
        }

        private mutating func readPiece(_ event: StreamGrammar.Event, _ type: String) {
            guard let place = event.number("output_index"), let id = open[place], event.text("item_id") == id else {
                return mistakes.append("\(type) of no open item")
            }
            let isArguments = type.contains("arguments")
            let part = event.number("content_index") ?? event.number("summary_index")
            if !isArguments, part == nil { mistakes.append("\(type) without a place") }
            let kind = type.contains("summary") ? "summary" : "content"
            let key = isArguments ? "\(id) arguments" : "\(id) \(kind) \(part ?? -1)"
            if type.hasSuffix("part.added") {
                told[key] = ""
            } else if type.hasSuffix(".delta") {
                if !isArguments, told[key] == nil { mistakes.append("\(type) before its part") }
                told[key, default: ""] += event.text("delta") ?? ""
            } else if type.hasSuffix("part.done") {
                let text = event.object("part")?["text"] as? String ?? event.object("part")?["refusal"] as? String
                if text != told[key] { mistakes.append("\(type) differs from its deltas") }
            } else if type.hasSuffix(".done") {
                let text = event.text("text") ?? event.text("refusal") ?? event.text("arguments")
                if text != told[key] ?? "" { mistakes.append("\(type) differs from its deltas") }
            }
        }

        private mutating func finish(_ response: [String: Any], as status: String) {
            if !open.isEmpty { mistakes.append("items are open at the end") }
            if response["status"] as? String != status { mistakes.append("the status isn't \(status)") }
            let output = response["output"] as? [[String: Any]] ?? []
            let ids = output.map { $0["id"] as? String }
            if ids != done.keys.sorted().map({ done[$0]?["id"] as? String }) { mistakes.append("the output differs") }
        }
    }
}
