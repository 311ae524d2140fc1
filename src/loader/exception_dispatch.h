#pragma once
// Structured exceptions: the search for a handler among the driver's frames, and the unwind to it. Both run on the
// stack that the exception happened on. "x64 exception handling" and "Structured exception handling" (Microsoft Learn);
// the language handler is in c_specific_handler.cpp.
//
// Unwinding leaves host functions between driver frames without running their destructors: whoever calls a driver, or
// reads what a driver's pointer names, holds no lock and owns nothing there.

#include <cstdint>
#include <span>

#include "loader/exception_records.h"

namespace portside::loader {

class Loader;

enum class DispatchResult : uint8_t { kContinue, kUnhandled };

class ExceptionDispatch {
 public:
  explicit ExceptionDispatch(Loader& loader) : loader_(loader) {}

  // True when a driver frame of the stack has an exception handler that could be asked. Reads only: for signal
  // handlers.
  bool has_handler(const ContextRecord& context) const;

  // Asks the handlers, innermost first. kContinue: `context` (perhaps edited by a filter) is where to go on. A handler
  // that takes the exception unwinds, and this does not return. `at_call`: the driver raised it by a call, and rip is
  // the return address.
  DispatchResult dispatch(ExceptionRecord& record, ContextRecord& context, bool at_call);

  // An exception of the calling driver's own (ExRaiseStatus): found from where the caller stands. Never returns:
  // unhandled it is a bug check 0x1E.
  [[noreturn]] void raise(ExceptionRecord& record);
  [[noreturn]] void raise(uint32_t code, std::span<const uint64_t> parameters, bool continuable = false);

  // RtlUnwindEx: runs the termination handlers from the innermost driver frame to `target_frame`, then goes on at
  // `target_ip` there with rax = `return_value`.
  [[noreturn]] void unwind(uint64_t target_frame, uint64_t target_ip, ExceptionRecord* record, uint64_t return_value,
                           void* history_table);

  // Goes on with the registers of a record; what the shadow call stack holds below is dropped.
  [[noreturn]] static void load_context(const ContextRecord& context);

  // Ends the machine: nobody took the exception.
  [[noreturn]] void unhandled(const ExceptionRecord& record, const ContextRecord& context);

 private:
  Loader& loader_;
};

}  // namespace portside::loader
