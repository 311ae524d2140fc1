#pragma once
// QemuProcess: QEMU as a child: a PC with no processor to speak of, its RAM a segment of the machine's, its test protocol on a
// socket pair. Ends with this object, and with this process whatever becomes of it.
//
// The kernel ends a child at the end of the *thread* that made it (PR_SET_PDEATHSIG), and whoever asks for a QEMU may be a
// thread that does not last. So each QEMU has a thread that makes it and waits for its end.

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::memory {
class Segment;
}

namespace portside::hardware {

class QemuProcess {
 public:
  static constexpr const char* kProgram = "qemu-system-x86_64";

  // `arguments`: devices and audio backends; `environment`: NAME=VALUE on top of the host's. STATUS_NOT_FOUND, with the package's
  // name, when there is no QEMU here.
  static Result<std::unique_ptr<QemuProcess>> start(const memory::Segment& ram,
                                                    const std::vector<std::string>& arguments,
                                                    const std::vector<std::string>& environment);
  ~QemuProcess();
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  // The near end of the socket pair; the caller's from here on, and -1 afterwards.
  int take_socket();
  pid_t id() const { return id_; }
  // It answers. What it has said so far were warnings, and no words about its end.
  void started();
  // What QEMU has said on its standard error since, and how it ended, when it has. Any thread.
  std::string last_words();

 private:
  QemuProcess(int socket, int errors) : socket_(socket), errors_(errors) {}
  // On a thread of its own: forks with `child` in the child, and stays. -1: no process was made.
  template <class Child>
  pid_t fork_on_keeper(Child child);
  void end();
  void reap_locked(bool wait) REQUIRES(mutex_);

  pid_t id_ = -1;
  int socket_;
  int errors_;  // a file that it writes to
  Mutex mutex_;
  bool reaped_ GUARDED_BY(mutex_) = false;
  int status_ GUARDED_BY(mutex_) = 0;
  off_t said_at_start_ GUARDED_BY(mutex_) = 0;

  std::mutex keeping_;  // plain, as a condition variable's: of what follows
  std::condition_variable kept_;
  bool forked_ = false, done_ = false;
  std::thread keeper_;
};

// All of what QEMU prints when asked ("-device", "help"); STATUS_NOT_FOUND as above.
Result<std::string> ask_qemu(std::vector<std::string> arguments);

}  // namespace portside::hardware
