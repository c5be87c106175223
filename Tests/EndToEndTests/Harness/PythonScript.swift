import Foundation

/// The Python that `make setup` equipped, and the scripts beside these tests.
enum PythonScript {
    static let python = "\(GatewayProcess.packageRoot)/.venv/bin/python"

    static func path(_ name: String) -> String {
        "\(GatewayProcess.packageRoot)/Tests/EndToEndTests/Scripts/\(name)"
    }

    /// Runs a script to its end and returns the JSON that it printed.
    static func run(_ name: String, _ arguments: [String], within limit: Duration = .seconds(90)) throws -> JSON {
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Unfulfilled("\(python) is missing: run `make setup`, which installs the official OpenAI SDK")
        }
        let result = try Program.run(python, [path(name)] + arguments, within: limit)
        guard result.code == 0 else {
            throw Unfulfilled("\(name) \(arguments.joined(separator: " ")) failed: \(result.errors.suffix(3000))")
        }
        return JSON(result.output)
    }
}
