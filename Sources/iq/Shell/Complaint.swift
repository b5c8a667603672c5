internal import Glibc

/// Says something on standard error, in one write.
func complain(_ text: String) {
  let line = Terminal.error.style(.red, "iq:") + " \(text)\n"
  try? OutputDescriptor(STDERR_FILENO).write(line)
}
