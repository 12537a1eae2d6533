import CTOML
import Glibc
package import JSON

/// What keeps a text from being TOML.
package struct TOMLError: Error, Equatable, Sendable {
    /// Counted from 1; nil when no line is to blame.
    package var line: Int?
    package var problem: String
}

extension JSONObject {
    /// Reads a TOML document. What JSON has no word for, as dates, becomes text.
    package init(toml text: String) throws(TOMLError) {
        var problem = bay_toml_problem()
        var text = text
        let json = text.withUTF8 { bytes -> [UInt8]? in
            let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            guard let json = unsafe bay_toml_to_json(start, bytes.count, &problem) else { return nil }
            defer { unsafe free(json) }
            return unsafe Array(UnsafeRawBufferPointer(start: json, count: strlen(json)))
        }
        guard let json else { throw TOMLError(problem) }
        guard let object = try? JSONValue(parsing: json).object else {
            throw TOMLError(line: nil, problem: "there is something in it that cannot be read")
        }
        self = object
    }
}

extension TOMLError {
    fileprivate init(_ problem: bay_toml_problem) {
        let text = unsafe withUnsafeBytes(of: problem.text) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(line: problem.line == 0 ? nil : Int(problem.line), problem: text)
    }
}
