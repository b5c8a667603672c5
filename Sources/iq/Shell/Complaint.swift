internal import Glibc

/// "1 job", "2 jobs".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// Says something on standard error, in one write.
func complain(_ text: String) {
  let line = Terminal.error.style(.red, "iq:") + " \(text)\n"
  try? OutputDescriptor(STDERR_FILENO).write(line)
}
