#include "loader/driver_exception_raiser.h"

#include "loader/exception_dispatch.h"

namespace portside::loader {

void DriverExceptionRaiser::raise(uint32_t code, std::span<const uint64_t> parameters) {
  ExceptionDispatch(loader_).raise(code, parameters);
}

}  // namespace portside::loader
