import Glibc

/// Writes one line at once, so that lines of several processes do not mix.
func say(_ line: String, to descriptor: CInt = STDOUT_FILENO) {
  let bytes = Array((line + "\n").utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}

func complain(_ line: String) { say(line, to: STDERR_FILENO) }
