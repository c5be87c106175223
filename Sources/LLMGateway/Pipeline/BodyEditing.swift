import NIOCore
import WireFormats

extension Call {
    /// A body as a provider wants it that has a taste of its own. What is no JSON object is left as it is.
    func edited(
        _ content: UpstreamRequest.Content, by editor: any BodyEditor, _ kind: CallKind
    ) -> UpstreamRequest.Content {
        switch content {
        case .clientsOwn(let splices):
            return .clientsOwn(splices.overridden(by: body.withUnsafeReadableBytes { edits(to: $0, by: editor, kind) }))
        case .written(let bytes):
            return .written(
                bytes.withUnsafeBytes { bytes in edits(to: bytes, by: editor, kind).applied(to: bytes) })
        }
    }

    private func edits(to bytes: UnsafeRawBufferPointer, by editor: any BodyEditor, _ kind: CallKind) -> [BodySplice] {
        guard let root = try? state.tape.parse(bytes), root.kind == .object else { return [] }
        return editor.edits(to: root, of: kind) { name in
            connection.withHead { head in
                connection.fields.first(named: name, in: head).map {
                    String(decoding: $0.value(in: head), as: UTF8.self)
                }
            }
        }
    }
}
