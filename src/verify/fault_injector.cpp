#include "verify/fault_injector.h"

#include <fmt/format.h>

#include <charconv>

#include "host/machine.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "loader/image.h"
#include "loader/loader.h"

namespace portside::verify {
namespace {

// FNV-1a, folded to 32 bits at the end: a name that a person can type again.
class PlaceHash {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<uint8_t>(c));
    add_byte(0);
  }
  void add(uint64_t value) {
    for (int i = 0; i < 8; ++i) add_byte(static_cast<uint8_t>(value >> 8 * i));
  }
  uint32_t value() const { return static_cast<uint32_t>(hash_ ^ hash_ >> 32); }

 private:
  void add_byte(uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; }
  uint64_t hash_ = 0xcbf29ce484222325;
};

void add_frame(PlaceHash& hash, host::Machine& machine, uint64_t address) {
  const loader::Image* image = machine.loader().images().find(address);
  if (!image) return;
  hash.add(image->name());
  hash.add(address - image->base());
}

}  // namespace

std::string FaultId::text() const { return fmt::format("{}:{:08x}", kernel::name_of(kind), hash); }

Result<FaultId> FaultId::parse(std::string_view text) {
  const size_t colon = text.find(':');
  const auto kind = kernel::failure_kind_named(text.substr(0, colon));
  FaultId id;
  const std::string_view number = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), id.hash, 16);
  if (!kind || number.empty() || error != std::errc() || stop != number.data() + number.size())
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" names no failure: write it as a report does, pool:1a2b3c4d", text));
  id.kind = *kind;
  return id;
}

FaultInjector::~FaultInjector() { detach(); }

void FaultInjector::attach(host::Machine& machine) {
  machine_ = &machine;
  machine.services().failures().set_decider(this);
}

void FaultInjector::detach() {
  if (machine_) machine_->services().failures().set_decider(nullptr);
  machine_ = nullptr;
}

FaultPlace& FaultInjector::note(const kernel::FailableCall& call) {
  PlaceHash stack, site;
  stack.add(call.api);
  site.add(call.api);
  add_frame(site, *machine_, call.stack.addresses().front());
  for (const uint64_t address : call.stack.addresses()) add_frame(stack, *machine_, address);
  PlaceHash whole = stack;
  if (!context_.empty()) whole.add(context_);
  const FaultId id{call.kind, whole.value()};
  const auto [at, inserted] = by_id_.try_emplace(id, places_.size());
  if (inserted) places_.push_back({id, call.api, site.value(), stack.value(), 0});
  FaultPlace& place = places_[at->second];
  ++place.times;
  return place;
}

bool FaultInjector::fails(const kernel::FailableCall& call) {
  if (!machine_) return false;
  const FaultPlace& place = note(call);
  if (!armed_) return false;
  const bool now = target_ ? hits_.empty() && place.id == *target_
                           : rate_ > 0 && static_cast<double>(random_.next() >> 11) * 0x1p-53 < rate_;
  if (!now) return false;
  kernel::Kernel& kernel = machine_->kernel();
  const kernel::ThreadObject* thread = kernel.on_simulated_thread() ? kernel.current_thread() : nullptr;
  hits_.push_back({place.id, call.api, call.stack, machine_->now(), thread ? thread->name() : std::string(),
                   thread && thread->driver_routine != 0});
  return true;
}

}  // namespace portside::verify
