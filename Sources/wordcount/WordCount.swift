import ArgumentParser
import Glibc

@main
struct WordCount: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wordcount",
    abstract: "Counts the words of files and folders with several processes.",
    discussion: """
      A word is a run of letters and digits of any script, in which single apostrophes (' or ’) \
      may stand: “don’t” is one, the same as "DON'T". Capitals count as small letters. Text is \
      UTF-8; bytes that are not separate words. Runs of more than 255 bytes are not words. Hidden files and folders below PATH, symbolic links \
      and files with a NUL byte in their first 8 KiB are passed over. What cannot be read is named \
      on standard error.

      EXAMPLES
        wordcount                          the ten most frequent words of this folder
        wordcount ~/mail --top 100         of another one
        wordcount a.txt b.txt --workers 2  of two files, with two workers
        wordcount books --workers 0        in one process, for comparison
        wordcount books --top 0            every word
      """)

  @Argument(help: "Files and folders.", completion: .file())
  var path: [String] = ["."]

  @Option(help: "How many processes count; 0 counts without queue and workers.")
  var workers = sysconf(Int32(_SC_NPROCESSORS_ONLN))

  @Option(help: "How many words are printed; 0 for all.")
  var top = 10

  func validate() throws {
    guard (0...1000).contains(workers) else {
      throw ValidationError("--workers must be from 0 to 1000.")
    }
    guard top >= 0 else { throw ValidationError("--top must not be negative.") }
  }

  func run() throws {
    let table =
      workers == 0 ? try countAlone(path) : try countTogether(path, workers: workers)
    for (count, word) in table.sorted(top: top == 0 ? .max : top) {
      print("\(count) \(String(decoding: word.bytes, as: UTF8.self))")
    }
  }
}
