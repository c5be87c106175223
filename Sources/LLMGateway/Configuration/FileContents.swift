#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Small files, read whole.
enum FileContents {
    struct Unreadable: Error, Equatable {
        /// The system's words: "No such file or directory".
        let reason: String
    }

    /// More than this is no configuration; bytes.
    static let longest = 16 << 20

    /// The bytes of a file. Symbolic links are followed.
    static func bytes(of path: String) throws(Unreadable) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= longest {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Unreadable(reason: String(cString: strerror(errno)))
            }
            bytes += chunk[..<count]
        }
        throw Unreadable(reason: "it is longer than \(WrittenSize.write(longest))")
    }

    /// The text of a file.
    static func text(of path: String) throws(Unreadable) -> String {
        guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
            throw Unreadable(reason: "it is not UTF-8")
        }
        return text
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// What tells one state of a file from another without reading it. Nil when there is no such file.
    ///
    /// Follows symbolic links, so that a swapped link (the way Kubernetes updates mounted secrets) shows as another inode.
    static func stamp(of path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let (changed, modified) = (status.st_ctimespec, status.st_mtimespec)
        #else
            let (changed, modified) = (status.st_ctim, status.st_mtim)
        #endif
        return Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            changed: [Int(changed.tv_sec), Int(changed.tv_nsec), Int(modified.tv_sec), Int(modified.tv_nsec)])
    }

    struct Stamp: Equatable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let changed: [Int]
    }
}
