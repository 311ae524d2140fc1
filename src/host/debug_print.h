#pragma once
// DebugPrint: while it lives, hears what drivers print with DbgPrint and its kin, a line at a time. All of it: what Windows'
// filters would keep back as well.

#include <functional>
#include <string>

#include "base/mutex.h"
#include "kernel/kernel_log.h"

namespace portside::host {

class Machine;

class DebugPrint final : public kernel::LogObserver {
 public:
  // On the thread that prints, at its IRQL; without the newline.
  using Sink = std::function<void(const std::string& line)>;

  DebugPrint(Machine& machine, Sink sink);
  ~DebugPrint();
  DebugPrint(const DebugPrint&) = delete;
  DebugPrint& operator=(const DebugPrint&) = delete;

  void on_line(const kernel::LogLine& line) override;

 private:
  kernel::KernelLog& log_;
  const Sink sink_;
  Mutex mutex_;
  std::string begun_ GUARDED_BY(mutex_);  // a line whose end has not come
};

}  // namespace portside::host
