#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files for tests.
enum TemporaryFiles {
    static func directory() -> String {
        let path = "/tmp/llm-gateway-tests-\(UInt64.random(in: 0 ... .max))"
        mkdir(path, 0o700)
        return path
    }

    static func file(_ text: String) -> String {
        let path = directory() + "/config.yaml"
        write(text, to: path)
        return path
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// A link at `path`, put in place of the one that is there in one step.
    static func link(_ target: String, at path: String) {
        symlink(target, path + ".new")
        rename(path + ".new", path)
    }

    static func replace(_ path: String, with text: String) {
        write(text, to: path + ".new")
        rename(path + ".new", path)
    }

    static func remove(_ path: String) { unlink(path) }
}
