#define _GNU_SOURCE
#include "include/ciq_worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "include/ciq_wait.h"

static const char watcher_name[] = "ciq-watcher";

int ciq_last_words_map(ciq_last_words **words) {
  void *page = mmap(NULL, sizeof **words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return errno;
  *words = page;
  // Touched now: a dying worker must not be the one to find that there is no memory.
  (*words)->reserved = 0;
  return 0;
}

void ciq_last_words_unmap(ciq_last_words *words) { munmap(words, sizeof *words); }

void ciq_last_words_say(ciq_last_words *words, const char *text, uint32_t bytes) {
  if (bytes > ciq_last_words_limit) bytes = ciq_last_words_limit;
  if (bytes > 0) memcpy(words->text, text, bytes);
  words->time = ciq_now();
  // SYNC last words: say publishes, read observes.
  __atomic_store_n(&words->said, bytes + 1, __ATOMIC_RELEASE);
}

int ciq_last_words_read(const ciq_last_words *words, char *text, uint64_t *time) {
  uint32_t said = __atomic_load_n(&words->said, __ATOMIC_ACQUIRE);
  if (said == 0 || said > ciq_last_words_limit + 1) return -1;
  memcpy(text, words->text, said - 1);
  *time = words->time;
  return (int)said - 1;
}

const char *ciq_signal_name(int signal) {
  switch (signal) {
#define NAME(S) case S: return #S;
    NAME(SIGHUP) NAME(SIGINT) NAME(SIGQUIT) NAME(SIGILL) NAME(SIGTRAP) NAME(SIGABRT) NAME(SIGBUS)
    NAME(SIGFPE) NAME(SIGKILL) NAME(SIGUSR1) NAME(SIGSEGV) NAME(SIGUSR2) NAME(SIGPIPE)
    NAME(SIGALRM) NAME(SIGTERM) NAME(SIGCHLD) NAME(SIGCONT) NAME(SIGSTOP) NAME(SIGTSTP)
    NAME(SIGTTIN) NAME(SIGTTOU) NAME(SIGURG) NAME(SIGXCPU) NAME(SIGXFSZ) NAME(SIGVTALRM)
    NAME(SIGPROF) NAME(SIGWINCH) NAME(SIGIO) NAME(SIGPWR) NAME(SIGSYS)
#ifdef SIGSTKFLT
    NAME(SIGSTKFLT)
#endif
#undef NAME
    default: return NULL;
  }
}

typedef struct {
  size_t length;
  char text[ciq_last_words_limit + 1024];
} line;

static void append_byte(line *line, char byte) {
  // One byte stays free for the newline.
  if (line->length < sizeof line->text - 1) line->text[line->length++] = byte;
}

static void append(line *line, const char *text) {
  while (*text) append_byte(line, *text++);
}

static void append_number(line *line, unsigned number) {
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10); while (number /= 10);
  while (count) append_byte(line, digits[--count]);
}

/// The length of the UTF-8 sequence at `text`, 0 if it is none.
static size_t sequence_length(const unsigned char *text, size_t rest) {
  unsigned char first = text[0];
  if (first < 0x80) return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > rest) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
      (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f)) {
    return 0;
  }
  return length;
}

/// Appends what is text on one line: line breaks become spaces, what is no UTF-8 becomes "?".
static void append_untrusted(line *line, const char *bytes, size_t count) {
  const unsigned char *text = (const unsigned char *)bytes;
  for (size_t i = 0; i < count;) {
    size_t length = sequence_length(text + i, count - i);
    if (length <= 1) {
      append_byte(line, length == 0 ? '?' : text[i] < 0x20 || text[i] == 0x7f ? ' ' : (char)text[i]);
      i += 1;
      continue;
    }
    for (; length > 0; length--) append_byte(line, (char)text[i++]);
  }
}

static void write_line(line *line) {
  line->text[line->length++] = '\n';
  ssize_t written;
  do written = write(STDERR_FILENO, line->text, line->length); while (written < 0 && errno == EINTR);
}

static void append_end(line *line, const ciq_child_end *end) {
  if (end->signal == 0) {
    append(line, " left with exit status ");
    append_number(line, (unsigned)end->status);
    return;
  }
  append(line, " was killed by signal ");
  append_number(line, (unsigned)end->signal);
  const char *name = ciq_signal_name(end->signal);
  if (name) {
    append(line, " (");
    append(line, name);
    append(line, ")");
  }
  if (end->core_dumped) append(line, " and dumped core");
}

void ciq_report_end(const char *who, const ciq_child_end *end, const ciq_last_words *words,
                    uint64_t forgiven) {
  char text[ciq_last_words_limit];
  uint64_t time;
  int length = ciq_last_words_read(words, text, &time);
  if (length < 0) {
    // An end of which nothing is known is not reported; a success needs no line.
    if (!end->ended || (end->signal == 0 && end->status == 0)) return;
    if (end->signal > 0 && end->signal < 64 && (forgiven >> end->signal & 1)) return;
  }
  line line;
  line.length = 0;
  append(&line, who);
  if (length < 0) {
    append_end(&line, end);
  } else {
    append(&line, " threw: ");
    append_untrusted(&line, text, (size_t)length);
  }
  append(&line, " (nobody waited for it)");
  write_line(&line);
}

/// What a watcher needs, in a page of its own.
typedef struct {
  pid_t pid;
  uint64_t forgiven;
  ciq_last_words *words;
  char who[1024];
} watch;

static void *await(void *argument) {
  watch *watch = argument;
  ciq_child_end end;
  memset(&end, 0, sizeof end);
  ciq_child_wait(watch->pid, 1, 0, &end);
  ciq_report_end(watch->who, &end, watch->words, watch->forgiven);
  ciq_last_words_unmap(watch->words);
  munmap(watch, sizeof *watch);
  return NULL;
}

int ciq_watch(pid_t pid, const char *who, ciq_last_words *words, uint64_t forgiven) {
  watch *watch = mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (watch == MAP_FAILED) return errno;
  // A later child has no such thread, which would unmap them.
  madvise(watch, sizeof *watch, MADV_DONTFORK);
  madvise(words, sizeof *words, MADV_DONTFORK);
  watch->pid = pid;
  watch->forgiven = forgiven;
  watch->words = words;
  size_t length = strlen(who);
  if (length >= sizeof watch->who) length = sizeof watch->who - 1;
  memcpy(watch->who, who, length);

  // The thread must run none of the program's signal handlers: it inherits this mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (!error) {
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    error = pthread_create(&thread, &attributes, await, watch);
    pthread_attr_destroy(&attributes);
  }
  if (!error) {
    // Named and then detached by its maker, so that no fork after this call can miss the name.
    pthread_setname_np(thread, watcher_name);
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) {
    line line;
    line.length = 0;
    append(&line, who);
    append(&line, " was discarded, and no thread can be had to wait for it");
    write_line(&line);
    munmap(watch, sizeof *watch);
    madvise(words, sizeof *words, MADV_DOFORK);
  }
  return error;
}

static int is_watcher(const char *task) {
  char path[64], name[sizeof watcher_name];
  snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", task);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 1;  // it has ended meanwhile
  ssize_t count = read(file, name, sizeof name);
  close(file);
  return count == sizeof name && memcmp(name, watcher_name, sizeof name - 1) == 0 &&
         name[sizeof name - 1] == '\n';
}

static int count_other_than_watchers(uint64_t *threads) {
  ciq_process_status status;
  int error = ciq_process_read(0, &status);
  *threads = status.threads;
  if (error || status.threads == 1) return error;
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return errno;
  *threads = 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] != '.' && !is_watcher(task->d_name)) *threads += 1;
  }
  closedir(tasks);
  return 0;
}

int ciq_count_threads(uint64_t *threads) {
  struct timespec millisecond = {0, 1000000};
  int error = count_other_than_watchers(threads);
  // A thread that was joined a moment ago may still be leaving.
  for (int i = 0; i < 20 && !error && *threads > 1; i++) {
    nanosleep(&millisecond, NULL);
    error = count_other_than_watchers(threads);
  }
  return error;
}

int ciq_pidfd_signal(int descriptor, int signal) {
  return syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0) < 0 ? errno : 0;
}
