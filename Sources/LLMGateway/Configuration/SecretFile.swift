extension Settings {
    /// Reads a setting that names a file, and all of that file's text. The file is watched from then on.
    ///
    /// - Parameter usual: The path where nobody names one; nil: none.
    func file(
        _ key: String, belowFile: [String] = [], _ help: String, else usual: String? = nil
    ) -> (path: String, text: Secret)? {
        guard let path = readIfSet(key, .text, belowFile: belowFile, help)?.value ?? usual else { return nil }
        reading.watch(path)
        do {
            return (path, Secret(try FileContents.text(of: path)))
        } catch {
            complain(key, "the file \(path) can't be read: \(error.reason)")
            return nil
        }
    }

    /// Reads a setting that names a file, and the secret in that file, without the white space around it.
    ///
    /// The file is watched from then on, even when it can't be read. An empty file is an empty value: it warns, and counts
    /// as unset.
    func secretFile(_ key: String, _ help: String) -> (value: Secret, origin: SettingOrigin)? {
        guard let (path, origin) = readIfSet(key, .text, help) else { return nil }
        reading.watch(path)
        do {
            let text = try FileContents.text(of: path).trimmed
            if text.isEmpty {
                reading.warn("\(origin.place): \(self.path.key(key)): the file \(path) is empty")
                return nil
            }
            return (try Spelling<Secret>.secret.read(.text(text)), origin)
        } catch let error as FileContents.Unreadable {
            complain(key, "the file \(path) can't be read: \(error.reason)")
        } catch let complaint as Complaint {
            complain(key, "the file \(path) \(complaint.sentence)")
        } catch {
            complain(key, "the file \(path) can't be read")
        }
        return nil
    }
}
