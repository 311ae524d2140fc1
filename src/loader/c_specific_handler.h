#pragma once
// __C_specific_handler: the language handler of __try, __except and __finally. It reads the scope table that the
// compiler has put behind a function's unwind information.

#include "loader/exception_records.h"

namespace portside::loader {

__attribute__((ms_abi)) Disposition c_specific_handler(ExceptionRecord* record, void* establisher_frame,
                                                       ContextRecord* context, DispatcherContext* dispatcher);

}  // namespace portside::loader
