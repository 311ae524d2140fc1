#include "host/debug_print.h"

#include <utility>

#include "host/machine.h"
#include "kernel/services.h"

namespace portside::host {

DebugPrint::DebugPrint(Machine& machine, Sink sink) : log_(machine.services().log()), sink_(std::move(sink)) {
  log_.observers().add(*this);
}

DebugPrint::~DebugPrint() {
  log_.observers().remove(*this);
  if (!begun_.empty()) sink_(begun_);
}

void DebugPrint::on_line(const kernel::LogLine& line) {
  MutexLock lock(mutex_);
  begun_ += line.text;
  std::erase(begun_, '\r');
  size_t from = 0;
  for (size_t end; (end = begun_.find('\n', from)) != std::string::npos; from = end + 1)
    sink_(begun_.substr(from, end - from));
  begun_.erase(0, from);
}

}  // namespace portside::host
