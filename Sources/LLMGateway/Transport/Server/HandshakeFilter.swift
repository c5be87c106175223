import Glibc
import NIOCore

/// Makes a listening socket deaf to new connections, while those that have begun their handshake finish it.
///
/// It is a program for the kernel's classic packet filter, which needs no privilege and sees each packet from its TCP
/// header on: `SYN` without more is dropped, all else goes on. Where the kernel has no such filter nothing changes.
enum HandshakeFilter {
    /// `struct sock_filter`: one instruction.
    private struct Instruction {
        let code: UInt16
        let jumpIfTrue: UInt8
        let jumpIfFalse: UInt8
        let operand: UInt32
    }

    /// `struct sock_fprog`. Sendable because the instructions outlive the only call that reads them, and nobody writes to
    /// them meanwhile.
    private struct Program: @unchecked Sendable {
        let count: UInt16
        let instructions: UnsafePointer<Instruction>
    }

    /// Who connects from now on hears nothing: neither yes nor no.
    ///
    /// - Throws: `IOError` where the system has no such filter.
    static func attach(to listener: any SocketOptionProvider) async throws {
        let instructions = UnsafeMutablePointer<Instruction>.allocate(capacity: 4)
        defer { instructions.deallocate() }
        // The flags are the header's 14th byte; SYN is 2.
        instructions[0] = Instruction(code: 0x30, jumpIfTrue: 0, jumpIfFalse: 0, operand: 13)  // load the byte
        instructions[1] = Instruction(code: 0x45, jumpIfTrue: 1, jumpIfFalse: 0, operand: 2)  // is SYN in it?
        instructions[2] = Instruction(code: 0x06, jumpIfTrue: 0, jumpIfFalse: 0, operand: .max)  // no: pass it on
        instructions[3] = Instruction(code: 0x06, jumpIfTrue: 0, jumpIfFalse: 0, operand: 0)  // yes: drop it
        try await listener.unsafeSetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_ATTACH_FILTER),
            value: Program(count: 4, instructions: UnsafePointer(instructions))
        ).get()
    }
}
