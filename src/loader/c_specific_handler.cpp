#include "loader/c_specific_handler.h"

#include <cstring>

#include "loader/exception_dispatch.h"
#include "loader/image.h"
#include "loader/loader.h"

namespace portside::loader {
namespace {

// One __try of a function; inner ones stand before outer ones. All are RVAs.
struct Scope {
  uint32_t begin, end;
  uint32_t handler;  // the filter (1: always take it), or, when `target` is 0, the __finally
  uint32_t target;   // the first instruction of the __except block
};
static_assert(sizeof(Scope) == 16);

constexpr uint32_t kTakeAlways = 1;

using Filter = __attribute__((ms_abi)) int32_t(ExceptionPointers*, void* frame);
using Finally = __attribute__((ms_abi)) void(uint8_t abnormal, void* frame);

class ScopeTable {
 public:
  // Empty when the table does not lie inside the image.
  ScopeTable(const Image& image, const void* handler_data) {
    const auto rva = static_cast<uint32_t>(reinterpret_cast<uint64_t>(handler_data) - image.base());
    const uint8_t* head = handler_data ? image.bytes_at(rva, 4) : nullptr;
    if (!head) return;
    uint32_t count;
    std::memcpy(&count, head, 4);
    if (count > image.image_bytes() / sizeof(Scope)) return;
    if (count && !(rows_ = image.bytes_at(rva + 4, count * sizeof(Scope)))) return;
    count_ = count;
  }
  uint32_t count() const { return count_; }
  Scope operator[](uint32_t index) const {
    Scope scope;
    std::memcpy(&scope, rows_ + index * sizeof(Scope), sizeof scope);
    return scope;
  }

 private:
  const uint8_t* rows_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace

__attribute__((ms_abi)) Disposition c_specific_handler(ExceptionRecord* record, void* establisher_frame,
                                                       ContextRecord* context, DispatcherContext* dispatcher) {
  Loader& loader = current<Loader>();
  const Image* image = loader.images().find(dispatcher->control_pc);
  if (!image) return Disposition::kContinueSearch;
  const ScopeTable scopes(*image, dispatcher->handler_data);
  // Windows looks up the return address itself, for which Microsoft's compiler puts a nop before the end of a __try.
  // clang does without, and two neighbouring scopes would both hold it: a __finally would run twice. The call before
  // the return address is in exactly one, whoever compiled it.
  const auto pc = static_cast<uint32_t>(dispatcher->control_pc - image->base() - (dispatcher->at_call ? 1 : 0));
  const auto holds = [](const Scope& scope, uint32_t rva) { return rva >= scope.begin && rva < scope.end; };

  if (!(record->flags & kAnyUnwind)) {
    for (uint32_t i = dispatcher->scope_index; i < scopes.count(); ++i) {
      const Scope scope = scopes[i];
      if (!holds(scope, pc) || scope.target == 0) continue;
      if (scope.handler != kTakeAlways) {
        ExceptionPointers pointers{record, context};
        const int32_t answer = reinterpret_cast<Filter*>(image->base() + scope.handler)(&pointers, establisher_frame);
        if (answer < 0) return Disposition::kContinueExecution;
        if (answer == 0) continue;
      }
      ExceptionDispatch(loader).unwind(reinterpret_cast<uint64_t>(establisher_frame), image->base() + scope.target,
                                       record, record->code, dispatcher->history_table);
    }
    return Disposition::kContinueSearch;
  }

  const auto target = static_cast<uint32_t>(dispatcher->target_ip - image->base());
  const bool is_target = record->flags & kTargetUnwind;
  for (uint32_t i = dispatcher->scope_index; i < scopes.count(); ++i) {
    const Scope scope = scopes[i];
    if (!holds(scope, pc)) continue;
    // The unwind ends inside this __try, or in its own __except block: it and the outer ones are not left.
    if (is_target && (holds(scope, target) || (scope.target && scope.target == target))) break;
    if (scope.target != 0) continue;
    // An unwind that starts inside the __finally goes on behind it (collided unwind).
    dispatcher->scope_index = i + 1;
    reinterpret_cast<Finally*>(image->base() + scope.handler)(1, establisher_frame);
  }
  return Disposition::kContinueSearch;
}

}  // namespace portside::loader
