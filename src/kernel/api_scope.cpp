#include "kernel/api_scope.h"

#include "kernel/kernel.h"

namespace portside::kernel {

ApiScope::ApiScope(const char* name, Irql lowest, Irql highest) {
  current<Kernel>().on_api_call(name, lowest, highest);
}

}  // namespace portside::kernel
