/// Sections within sections: fixed ones, named entries, elements of a list, tables.
extension Settings {
    /// A fixed section. With `inheriting`, what it leaves unsaid is as in that other section.
    func section(_ key: String, inheriting: SettingPath? = nil) -> Settings {
        reading.allow(key, in: path)
        return child(path.key(key), at: key, variables: variables, inherited: inheriting)
    }

    /// Entries that have a name each: those of the file in its order, then those that only variables name.
    ///
    /// - Parameter possible: names that become entries as soon as a variable speaks of them.
    /// - Parameter creating: with this key given by a variable (`…_NAME_TYPE`), any name becomes an entry, in lower case.
    /// - Parameter tables: keys of an entry that are tables; a variable for a key of theirs creates nothing.
    /// - Parameter always: names that are entries in any case; they come last.
    /// - Returns: what `read` made of each.
    func entries<Entry>(
        _ key: String, always: [String] = [], possible: [String] = [], creating: String? = nil,
        tables: [String] = [], read: (_ name: String, Settings) -> Entry
    ) -> [Entry] {
        reading.allow(key, in: path)
        let list = path.key(key)
        if reading.isDocumenting {
            return [read("NAME", child(list.key("NAME"), at: nil, node: nil, variables: [:]))]
        }
        if let node = node?[key], !node.isMapping {
            reading.report(fileOrigin(node.line), list, "must be a section of names, not \(node.kind)")
        }
        let inFile = node?[key]?.entries ?? []
        let fileNames = inFile.map(\.key)
        let owners = variableOwners(
            under: list, names: fileNames + always + possible, creating: creating, tables: tables)
        let named = Set(owners.values)
        let further =
            (named.subtracting(fileNames).subtracting(always)).sorted() + always.filter { !fileNames.contains($0) }

        return (fileNames + further).map { name in
            reading.allow(name, in: list)
            let own = variables.filter { owners[$0.key] == name }
            let entry = inFile.first { $0.key == name }
            let place =
                entry.map { fileOrigin($0.line) }
                ?? own.keys.min().map { SettingOrigin(precedence: .variable, place: $0) } ?? .standard
            return read(
                name,
                Settings(
                    reading, path: list.key(name), node: entry?.value, origin: place,
                    variables: own))
        }
    }

    /// The sections in a list, in its order. No variable reaches them.
    func elements(_ key: String, _ help: String) -> [Settings] {
        reading.allow(key, in: path)
        let list = path.key(key)
        if reading.isDocumenting { return [child(list.index(0), at: nil, node: nil, variables: [:])] }
        guard let node = node?[key] else { return [] }
        guard case .sequence(let elements) = node.content else {
            reading.report(fileOrigin(node.line), list, "must be a list of sections, not \(node.kind)")
            return []
        }
        return elements.enumerated().map { index, element in
            Settings(
                reading, path: list.index(index), node: element, origin: fileOrigin(element.line), variables: [:])
        }
    }

    /// Keys of the operator's own with a value each, in the order of the file; variables replace values, and add keys in
    /// lower case with `separator` for `_`.
    ///
    /// - Parameter belowFile: other programs' variables with pairs as ``WrittenPairs`` reads them; a key that is said
    ///   elsewhere beats theirs.
    func table<Value>(
        _ key: String, _ spelling: Spelling<Value>, separator: Character = "_", belowFile: [String] = [],
        checkingKeys check: (String) throws(Complaint) -> Void, _ help: String
    ) -> [(String, Value)] {
        reading.allow(key, in: path)
        let table = path.key(key)
        reading.declare(
            SettingDeclaration(
                path: table, kind: "a section of names, each with \(spelling.kind)", allowed: "", standard: "{}",
                help: help, isSecret: spelling.isSecret, isTable: true, needsRestart: false, aboveFile: [],
                belowFile: belowFile))
        guard !reading.isDocumenting else { return [] }

        let section = child(table, at: key, variables: variables)
        let prefix = (table.variable ?? "") + "_"
        var keys = section.node?.entries.map(\.key) ?? []
        let ownWords = Set(keys.map(SettingPath.variableWord))
        for name in variables.keys.sorted() where name.hasPrefix(prefix) && variables[name]?.isEmpty == false {
            let word = String(name.dropFirst(prefix.count))
            guard !word.isEmpty, !ownWords.contains(word) else { continue }
            keys.append(String(word.lowercased().map { $0 == "_" ? separator : $0 }))
        }
        let others = pairs(of: belowFile, for: table, without: keys.map { $0.lowercased() })
        return (keys + others.map(\.key)).compactMap { key -> (String, Value)? in
            let other = others.first { $0.key == key }
            guard let found = other.map({ section.taken($0, spelling) }) ?? section.found(key, spelling) else {
                return nil
            }
            do throws(Complaint) {
                try check(key)
            } catch {
                reading.report(found.origin, table.key(key), error.sentence)
            }
            return (key, found.value)
        }
    }

    /// A key and its value from another program's variable.
    private struct ForeignPair {
        let key: String
        let value: String
        let origin: SettingOrigin
    }

    /// What other programs' variables say, less the keys that are said elsewhere.
    private func pairs(of variables: [String], for table: SettingPath, without keys: [String]) -> [ForeignPair] {
        var pairs: [ForeignPair] = []
        for name in variables {
            guard let text = reading.variable(name, in: reading.environment) else { continue }
            let origin = SettingOrigin(precedence: .variableBelowFile, place: name)
            do throws(Complaint) {
                for (key, value) in try WrittenPairs.read(text) where !keys.contains(key.lowercased()) {
                    pairs.removeAll { $0.key.lowercased() == key.lowercased() }
                    pairs.append(ForeignPair(key: key, value: value, origin: origin))
                }
            } catch {
                reading.report(origin, table, error.sentence)
            }
        }
        return pairs
    }

    private func taken<Value>(
        _ pair: ForeignPair, _ spelling: Spelling<Value>
    ) -> (value: Value, origin: SettingOrigin)? {
        do throws(Complaint) {
            let value = try spelling.read(.text(pair.value))
            reading.record(
                EffectiveSetting(
                    path: path.key(pair.key), written: spelling.write(value), origin: pair.origin, needsRestart: false))
            return (value, pair.origin)
        } catch {
            reading.report(pair.origin, path.key(pair.key), error.sentence)
            return nil
        }
    }

    /// A table's own key: read as any setting is, but not declared, for nobody knows it beforehand.
    private func found<Value>(_ key: String, _ spelling: Spelling<Value>) -> (value: Value, origin: SettingOrigin)? {
        reading.allow(key, in: path)
        guard let found = find(key, spelling, [], []) else { return nil }
        reading.record(
            EffectiveSetting(
                path: path.key(key), written: spelling.write(found.value), secretDigest: found.secretDigest,
                origin: found.origin, needsRestart: false))
        return (found.value, found.origin)
    }

    private func child(
        _ path: SettingPath, at key: String?, variables: [String: String], inherited: SettingPath? = nil
    ) -> Settings {
        child(path, at: key, node: key.flatMap { node?[$0] }, variables: variables, inherited: inherited)
    }

    private func child(
        _ path: SettingPath, at key: String?, node: YAMLNode?, variables: [String: String],
        inherited: SettingPath? = nil
    ) -> Settings {
        let line = self.node?.entries.first { $0.key == key }?.line
        return Settings(
            reading, path: path, node: node, origin: line.map(fileOrigin) ?? origin, variables: variables,
            inherited: inherited)
    }

    /// Which entry each variable under a list of entries is about: the longest name that fits.
    private func variableOwners(under list: SettingPath, names: [String], creating: String?, tables: [String])
        -> [String: String]
    {
        let prefix = (list.variable ?? "") + "_"
        var words: [(word: String, name: String)] = names.map { (SettingPath.variableWord($0) + "_", $0) }
        let ours = variables.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }.keys.sorted()
        if let creating {
            let suffix = "_" + SettingPath.variableWord(creating)
            for variable in ours where variable.hasSuffix(suffix) {
                let word = variable.dropFirst(prefix.count).dropLast(suffix.count)
                let isInTable = tables.contains { word.contains("_\(SettingPath.variableWord($0))_") }
                guard !word.isEmpty, !isInTable, !words.contains(where: { $0.word == word + "_" }) else { continue }
                words.append((word + "_", word.lowercased()))
            }
        }
        words.sort { $0.word.count > $1.word.count }
        var owners: [String: String] = [:]
        for variable in ours {
            let rest = variable.dropFirst(prefix.count)
            owners[variable] = words.first { rest.hasPrefix($0.word) && rest.count > $0.word.count }?.name
        }
        return owners
    }
}

extension YAMLNode {
    fileprivate var isMapping: Bool {
        if case .mapping = content { true } else { false }
    }
}
