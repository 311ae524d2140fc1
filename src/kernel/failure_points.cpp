#include "kernel/failure_points.h"

#include <algorithm>
#include <iterator>

namespace portside::kernel {
namespace {
constexpr const char* kNames[] = {"pool", "pages", "short-pages", "map",        "object",    "registry",
                                  "file", "timer", "resource",    "value-type", "value-size"};
static_assert(std::size(kNames) == static_cast<size_t>(FailureKind::kCount));
}  // namespace

const char* name_of(FailureKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<FailureKind> failure_kind_named(std::string_view name) {
  const auto* at = std::ranges::find(kNames, name);
  if (at == std::end(kNames)) return std::nullopt;
  return static_cast<FailureKind>(at - std::begin(kNames));
}

bool FailurePoints::ask(FailureKind kind, const char* api) {
  FailableCall call{kind, api, capture_stack()};
  // Without a driver's frame it is ours: a filter of portcls, a client.
  if (call.stack.empty()) return false;
  return decider_.load(std::memory_order_acquire)->fails(call);
}

}  // namespace portside::kernel
