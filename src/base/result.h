#pragma once
// Result<T>: a value, or the Status that says why there is none. Factories return it; constructors cannot fail.

#include <expected>
#include <utility>

#include "base/status.h"

namespace portside {

template <class T = void>
using Result = std::expected<T, Status>;

inline std::unexpected<Status> fail(StatusCode code, std::string sentence) {
  return std::unexpected<Status>(Status(code, std::move(sentence)));
}
inline std::unexpected<Status> fail(Status status) { return std::unexpected<Status>(std::move(status)); }

}  // namespace portside

// Hands the Status of a failed Result (or a failed Status) to the caller.
#define PORTSIDE_CONCAT_(a, b) a##b
#define PORTSIDE_CONCAT(a, b) PORTSIDE_CONCAT_(a, b)
#define TRY(expr)                                                       \
  do {                                                                  \
    auto&& portside_try_ = (expr);                                      \
    if (!portside_try_) return ::portside::fail(portside_try_.error()); \
  } while (0)
#define TRY_ASSIGN(decl, expr)                                                 \
  auto&& PORTSIDE_CONCAT(portside_try_, __LINE__) = (expr);                    \
  if (!PORTSIDE_CONCAT(portside_try_, __LINE__))                               \
    return ::portside::fail(PORTSIDE_CONCAT(portside_try_, __LINE__).error()); \
  decl = std::move(*PORTSIDE_CONCAT(portside_try_, __LINE__))
