/// Rows of text in columns.
struct Table {
  enum Alignment { case left, right }

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[(text: String, style: Terminal.Style?)]] = []

  init(_ columns: [(String, Alignment)]) {
    header = columns.map(\.0)
    alignments = columns.map(\.1)
  }

  mutating func add(_ cells: [(String, Terminal.Style?)]) {
    rows.append(cells.map { (text: $0.0, style: $0.1) })
  }

  /// The lines, not wider than `width` columns if that is given.
  func lines(_ terminal: Terminal, width: Int? = nil) -> [String] {
    let table = [header.map { (text: $0, style: Terminal.Style?.some(.dim)) }] + rows
    let widths = header.indices.map { column in table.map { $0[column].text.count }.max() ?? 0 }
    return table.map { row in
      var line = ""
      var used = 0
      for (column, cell) in row.enumerated() {
        let isLast = column == row.count - 1
        let space = String(repeating: " ", count: widths[column] - cell.text.count)
        let isRight = alignments[column] == .right
        let lead = (column > 0 ? "  " : "") + (isRight ? space : "")
        let trail = isRight || isLast ? "" : space
        let room = width.map { $0 - used - lead.count } ?? .max
        if room <= 0 { break }
        let text = String(cell.text.prefix(room))
        line += lead + (cell.style.map { terminal.style($0, text) } ?? text) + trail
        used += lead.count + text.count + trail.count
      }
      return line
    }
  }
}
