#pragma once
// LoaderHooks: what the loader needs from whoever builds the machine. The loader knows neither IRQL nor memory.

#include <cstdint>
#include <string>

#include "base/stack.h"

namespace portside::loader {

struct ImportRecord;

// Not Windows' number: there the driver would not have been loaded at all.
inline constexpr uint32_t kMissingImportBugCheck = 0xE0505303;

class LoaderHooks {
 public:
  virtual ~LoaderHooks() = default;

  // Ends the machine as Windows would: int 0x29 (0x139), an unhandled exception (0x1E), a missing import's first call.
  [[noreturn]] virtual void bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                                      const std::string& sentence, const StackTrace& stack) = 0;
  // int3, int 0x2c (assertion), int 0x2d (debug service): told, then the driver goes on after it.
  virtual void on_breakpoint(uint64_t address, const char* instruction) {}
  // An indirect call of a driver to an address that is no function (ImageOptions::check_indirect_calls). True: let it.
  virtual bool on_invalid_call_target(uint64_t caller, uint64_t target) { return true; }
  // True when Windows would raise a bad access as an exception that __except can catch: user addresses below
  // DISPATCH_LEVEL. False: it bug-checks at once (0x50, 0xD1). Asked on the faulting stack, outside the signal.
  virtual bool may_catch_access(uint64_t address, bool write) { return true; }
  // An unwind is about to go on at a frame whose stack pointer is `rsp`: the frames below it are gone without a return.
  virtual void on_unwound(uint64_t rsp) {}
  // A driver's exception, before any handler of the driver has seen it.
  virtual void on_exception(uint32_t code, uint64_t address, const StackTrace& stack) {}
};

}  // namespace portside::loader
