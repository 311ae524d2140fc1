#include "sanitizer/sanitizer.h"

#include <fmt/format.h>

#include <cstring>

#include "kernel/kernel.h"
#include "kernel/services.h"
#include "loader/stack_bounds.h"
#include "sanitizer/stack_frame.h"

namespace portside::sanitizer {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kPoolAlignment = 16;

BadPlace place_of(uint8_t mark) {
  switch (static_cast<ShadowMark>(mark)) {
    case ShadowMark::kStackAfterScope:
    case ShadowMark::kStackAfterReturn: return BadPlace::kStackAfterScope;
    case ShadowMark::kStackLeft:
    case ShadowMark::kStackMiddle:
    case ShadowMark::kStackRight:
    case ShadowMark::kAllocaLeft:
    case ShadowMark::kAllocaRight: return BadPlace::kStack;
    case ShadowMark::kGlobal: return BadPlace::kGlobal;
    case ShadowMark::kPoolOutside: return BadPlace::kPool;
    case ShadowMark::kPoolFreed: return BadPlace::kPoolFreed;
  }
  return BadPlace::kOther;
}

// clang names a global as the MSVC target demangles it: "unsigned char *`anonymous namespace'::table".
std::string_view own_name(std::string_view name) {
  const size_t scope = name.rfind("::");
  if (scope != std::string_view::npos) return name.substr(scope + 2);
  const size_t type = name.find_last_of(" *&");
  return type == std::string_view::npos ? name : name.substr(type + 1);
}

}  // namespace

Sanitizer::~Sanitizer() {
  if (!shadow_) return;
  services_.pool().observers().remove(*this);
  kernel_.trace_observers().remove(*this);
}

Result<> Sanitizer::enable() {
  if (shadow_) return {};
  TRY_ASSIGN(shadow_, Shadow::create());
  services_.pool().observers().add(*this);
  kernel_.trace_observers().add(*this);
  return {};
}

// Blocks of the special pool lie against an inaccessible page, and their pages go when they are freed: there the
// processor itself is the check, and tells as much. Here only what it cannot see: the bytes before a block and the few
// behind its end on its own pages, and freed blocks whose pages stay.
void Sanitizer::on_allocated(const kernel::PoolBlock& block) {
  const uint64_t begin = block.address.value, end = begin + block.bytes;
  if (block.special) shadow_->poison(begin / kPage * kPage, begin % kPage, ShadowMark::kPoolOutside);
  shadow_->allow(begin, block.bytes);
  const uint64_t tail = (end + Shadow::kGranule - 1) / Shadow::kGranule * Shadow::kGranule;
  shadow_->poison(tail, (end + kPoolAlignment - 1) / kPoolAlignment * kPoolAlignment - tail, ShadowMark::kPoolOutside);
}

void Sanitizer::on_freed(const kernel::PoolBlock& block) {
  const uint64_t begin = block.address.value;
  const uint64_t bytes = (block.bytes + kPoolAlignment - 1) / kPoolAlignment * kPoolAlignment;
  if (block.special) shadow_->allow(begin / kPage * kPage, begin % kPage + bytes);
  else shadow_->poison(begin, bytes, ShadowMark::kPoolFreed);
}

void Sanitizer::on_event(const kernel::TraceEvent& event) {
  // A thread may end deep in calls (PsTerminateSystemThread), and its stack serves another.
  if (event.kind == kernel::TraceKind::kThreadEnd)
    forget_stack_of(reinterpret_cast<uint64_t>(__builtin_frame_address(0)));
}

void Sanitizer::forget_stack_below(uint64_t rsp) {
  if (!shadow_) return;
  const loader::StackBounds bounds = loader::stack_bounds(rsp);
  if (bounds.high) shadow_->set(bounds.low, (rsp - bounds.low) / Shadow::kGranule, 0);
}

void Sanitizer::forget_stack_of(uint64_t rsp) {
  if (!shadow_) return;
  const loader::StackBounds bounds = loader::stack_bounds(rsp);
  if (bounds.high) shadow_->set(bounds.low, (bounds.high - bounds.low) / Shadow::kGranule, 0);
}

void Sanitizer::register_global(GlobalVariable variable) {
  if (!shadow_) return;
  shadow_->allow(variable.address, variable.bytes);
  const uint64_t end = (variable.address + variable.bytes + Shadow::kGranule - 1) / Shadow::kGranule * Shadow::kGranule;
  shadow_->poison(end, variable.address + variable.bytes_with_redzone - end, ShadowMark::kGlobal);
  MutexLock lock(mutex_);
  globals_[variable.address] = std::move(variable);
}

void Sanitizer::unregister_global(uint64_t address) {
  MutexLock lock(mutex_);
  const auto found = globals_.find(address);
  if (found == globals_.end()) return;
  if (shadow_) shadow_->allow(address, found->second.bytes_with_redzone / Shadow::kGranule * Shadow::kGranule);
  globals_.erase(found);
}

std::string Sanitizer::global_variable(uint64_t bad) const {
  MutexLock lock(mutex_);
  auto next = globals_.upper_bound(bad);
  if (next == globals_.begin()) return {};
  const GlobalVariable& g = std::prev(next)->second;
  if (bad >= g.address + g.bytes_with_redzone) return {};
  return fmt::format("global '{}' of {}, {} bytes; the touch is {} bytes behind its start", own_name(g.name), g.source,
                     g.bytes, bad - g.address);
}

std::string Sanitizer::stack_variable(uint64_t bad) const {
  const loader::StackBounds bounds = loader::stack_bounds(reinterpret_cast<uint64_t>(__builtin_frame_address(0)));
  if (!bounds.holds(bad, 1)) return {};
  const auto frame = find_stack_frame(*shadow_, bounds, bad);
  return frame ? frame->describe(bad) : std::string();
}

void Sanitizer::tell(uint64_t address, uint64_t bytes, uint64_t bad, bool write, const char* api) {
  BadAccess seen{.address = address, .bytes = bytes, .bad = bad, .write = write, .api = api};
  // A mark that says how much of the granule is good names no place: its neighbour behind does.
  uint8_t mark = shadow_->at(bad);
  if (mark < Shadow::kGranule) mark = shadow_->at(bad + Shadow::kGranule);
  seen.place = place_of(mark);
  if (seen.place == BadPlace::kOther && services_.pool().describe(KernelAddress(bad))) seen.place = BadPlace::kPool;
  if (seen.place == BadPlace::kStack || seen.place == BadPlace::kStackAfterScope) seen.object = stack_variable(bad);
  if (seen.place == BadPlace::kGlobal) seen.object = global_variable(bad);
  seen.stack = capture_stack();
  observers_.notify(&SanitizerObserver::on_bad_access, seen);
}

void Sanitizer::tell_access(uint64_t address, uint64_t bytes, bool write) {
  if (!kernel_.on_simulated_thread() || kernel_.ended()) return;
  const kernel::ThreadObject& thread = *kernel_.current_thread();
  if (address >= thread.stack_base() && address < thread.stack_end()) return;
  access_observers_.notify(&AccessObserver::on_access, address, bytes, write, kernel_.holder());
}

void Sanitizer::tell_undefined(UndefinedBehaviour seen) {
  seen.stack = capture_stack();
  observers_.notify(&SanitizerObserver::on_undefined, seen);
  if (!seen.must_stop) return;
  kernel::BugCheck check;
  check.code = kernel::kKmodeExceptionNotHandled;
  check.parameters[0] = 0xC000001D;  // STATUS_ILLEGAL_INSTRUCTION: what the compiler puts behind such a place
  check.sentence = seen.sentence + "; nothing can follow it";
  check.stack = seen.stack;
  kernel_.bug_check(std::move(check));
}

}  // namespace portside::sanitizer
