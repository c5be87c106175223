#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The standard `process_*` families, read from `/proc` at each scrape. On systems without it there are none.
struct ProcessMetrics: MetricCollector {
    private static let cpu = MetricDescriptor(
        "process_cpu_seconds_total", .counter, unit: .seconds, help: "User and system CPU time spent, in seconds.")
    private static let resident = MetricDescriptor(
        "process_resident_memory_bytes", .gauge, unit: .bytes, help: "Resident memory size in bytes.")
    private static let virtual = MetricDescriptor(
        "process_virtual_memory_bytes", .gauge, unit: .bytes, help: "Virtual memory size in bytes.")
    private static let openDescriptors = MetricDescriptor(
        "process_open_fds", .gauge, help: "Number of open file descriptors.")
    private static let maxDescriptors = MetricDescriptor(
        "process_max_fds", .gauge, help: "Maximum number of open file descriptors.")
    private static let start = MetricDescriptor(
        "process_start_time_seconds", .gauge, unit: .seconds, help: "Start time of the process since 1970, in seconds.")

    let descriptors = [cpu, resident, virtual, openDescriptors, maxDescriptors, start]

    func collect() -> [FamilyReading] {
        var readings: [FamilyReading] = []
        func add(_ descriptor: MetricDescriptor, _ value: Double?) {
            if let value { readings.append(FamilyReading(descriptor, [SeriesSample(.decimal(value))])) }
        }
        if let status = TextFile("/proc/self/stat").flatMap({ ProcessStatus($0.text) }) {
            add(Self.cpu, Double(status.cpuTicks) / ticksPerSecond)
            add(Self.resident, Double(status.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))))
            add(Self.virtual, Double(status.virtualBytes))
            add(Self.openDescriptors, entries(in: "/proc/self/fd").map { Double($0 - 1) })  // one is the look itself
            add(Self.maxDescriptors, descriptorLimit)
            add(Self.start, bootTime.map { $0 + Double(status.startTicks) / ticksPerSecond })
        }
        return readings
    }

    private var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// Seconds since 1970.
    private var bootTime: Double? {
        TextFile("/proc/stat")?.text.split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private var descriptorLimit: Double? {
        TextFile("/proc/self/limits")?.text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            .flatMap { line in
                let soft = line.dropFirst("Max open files".count).split(separator: " ").first
                return soft == "unlimited" ? .infinity : soft.flatMap { Double($0) }
            }
    }

    private func entries(in directory: String) -> Int? {
        guard let handle = opendir(directory) else { return nil }
        defer { closedir(handle) }
        var count = 0
        while let entry = readdir(handle) {
            // Of the names in this directory only "." and ".." begin with a dot.
            if withUnsafeBytes(of: &entry.pointee.d_name, { $0.first != UInt8(ascii: ".") }) { count += 1 }
        }
        return count
    }
}

/// The fields of `/proc/self/stat` that are of interest; `man 5 proc` numbers them.
struct ProcessStatus: Equatable {
    let cpuTicks: UInt64
    let startTicks: UInt64
    let virtualBytes: UInt64
    let residentPages: UInt64

    /// - Returns: nil when the text has another form.
    init?(_ text: String) {
        // The second field, the program's name in parentheses, may itself hold spaces and parentheses.
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> UInt64? { number - 3 < fields.count ? UInt64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23),
            let resident = field(24)
        else { return nil }
        (cpuTicks, startTicks, virtualBytes, residentPages) = (user + system, start, virtual, resident)
    }
}

/// A small file that the kernel makes up when it is read.
private struct TextFile {
    let text: String

    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        text = String(decoding: bytes, as: UTF8.self)
    }
}
