#pragma once
// KernelLog: what a driver prints by DbgPrint, and what it traces by ETW. Both are told to observers; the last lines
// are kept for a report.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/observer.h"

namespace portside::kernel {

struct LogLine {
  uint32_t component = 0;  // DPFLTR_..._ID; DbgPrint's is DPFLTR_DEFAULT_ID
  uint32_t level = 0;      // DPFLTR_..._LEVEL
  std::string text;        // UTF-8, as printed: with its newline if it had one
};

enum class EtwSource : uint8_t {
  kEvent,     // EtwWrite and its kin; a manifest's event or TraceLogging's
  kMessage,   // WmiTraceMessage: WPP; `provider` is the message's GUID, `id` its number
  kPortCls,   // IPortClsEtwHelper: `id` is the EPcMiniportEngineEvent, the data its four numbers
  kWmi,       // IoWMIWriteEvent
  kErrorLog,  // IoWriteErrorLogEntry: `id` is nothing, the data the whole packet
};

struct EtwRecord {
  EtwSource source = EtwSource::kEvent;
  std::string provider;  // "{guid}"
  uint16_t id = 0;
  uint8_t version = 0, channel = 0, level = 0, opcode = 0;
  uint16_t task = 0;
  uint64_t keywords = 0;
  std::string activity;         // "{guid}", or empty
  std::string text;             // EtwWriteString's, else empty
  std::vector<uint8_t> data;    // the arguments' bytes, one behind the other
  std::vector<uint32_t> sizes;  // how many of them each argument has

  // One line, no newline at its end: the arguments as hexadecimal bytes.
  std::string to_string() const;
};

class LogObserver {
 public:
  virtual ~LogObserver() = default;
  virtual void on_line(const LogLine&) {}
  virtual void on_event(const EtwRecord&) {}
};

class KernelLog {
 public:
  static constexpr size_t kKept = 1000;

  void print(LogLine line);
  void trace(EtwRecord event);

  // Providers of events: EtwRegister's handle, EtwUnregister's.
  uint64_t add_provider(std::string provider);
  bool remove_provider(uint64_t handle);
  std::optional<std::string> provider(uint64_t handle) const;
  std::vector<std::string> providers() const;  // registered now, in order
  // Is a session listening? Off as on a Windows where nobody traces. Set before a driver registers.
  bool tracing() const { return tracing_; }
  void set_tracing(bool on) { tracing_ = on; }

  std::vector<LogLine> lines() const;
  std::vector<EtwRecord> events() const;
  ObserverList<LogObserver>& observers() { return observers_; }

 private:
  mutable Mutex mutex_;
  std::deque<LogLine> lines_ GUARDED_BY(mutex_);
  std::deque<EtwRecord> events_ GUARDED_BY(mutex_);
  std::map<uint64_t, std::string> providers_ GUARDED_BY(mutex_);
  uint64_t next_provider_ GUARDED_BY(mutex_) = 1;
  bool tracing_ = false;
  ObserverList<LogObserver> observers_;
};

}  // namespace portside::kernel
