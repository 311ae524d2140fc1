#pragma once
// SanitizerObserver: what instrumented drivers were seen doing. Told on the driver's own stack, at its IRQL, with no lock held.

#include <cstdint>
#include <string>

#include "base/stack.h"

namespace portside::sanitizer {

enum class BadPlace : uint8_t { kStack, kStackAfterScope, kGlobal, kPool, kPoolFreed, kOther };

// A touch of bytes that AddressSanitizer's instrumentation or the pool has marked as nobody's. The driver goes on.
struct BadAccess {
  uint64_t address = 0;  // where the access begins
  uint64_t bytes = 0;
  uint64_t bad = 0;  // its first byte that may not be touched
  bool write = false;
  BadPlace place{};
  std::string api;     // "memcpy" when a function touched it for the driver; else empty
  std::string object;  // "'samples' (line 12), 48 bytes", "global 'table' of tables.cpp, 40 bytes"; empty: unknown
  StackTrace stack;
};

// Something that the C++ standard leaves undefined, told by the compiler's own check.
struct UndefinedBehaviour {
  std::string sentence;  // "signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'"
  std::string file;      // as the compiler saw it; may be empty
  uint32_t line = 0;
  uint32_t column = 0;
  bool must_stop = false;  // nothing sensible can follow: the machine ends
  StackTrace stack;
};

class SanitizerObserver {
 public:
  virtual ~SanitizerObserver() = default;
  virtual void on_bad_access(const BadAccess&) {}
  virtual void on_undefined(const UndefinedBehaviour&) {}
};

}  // namespace portside::sanitizer
