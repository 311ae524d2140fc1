#include "portcls/reference_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kernel/services.h"
#include "portcls/method_place.h"
#include "portcls/portcls.h"

namespace portside::portcls {

std::optional<uint32_t> reference_count(IUnknown& object) {
  const ULONG one = object.AddRef();
  const ULONG two = object.AddRef();
  if (one == 1 && two == 2) {
    object.Release();
    return 0;
  }
  const ULONG back = object.Release();
  object.Release();
  if (two != one + 1 || back != one) return std::nullopt;
  return one - 1;
}

ReferenceCheck::ReferenceCheck(PortCls& port_cls, std::string owner)
    : port_cls_(port_cls), owner_(std::move(owner)), on_(port_cls.options().verify && !port_cls.observers().empty()) {}

void ReferenceCheck::adopt(IUnknown& object, const char* method_name, const StackTrace& place) {
  held_ = 1;
  if (!on_) return;
  // The last reference was its creator's, which is given back: the port has a pointer to nothing.
  if (const auto block =
          current<kernel::Services>().pool().describe(KernelAddress(reinterpret_cast<uint64_t>(&object)));
      block && block->where == kernel::PoolAddress::Where::kFreed)
    return port_cls_.report_answer(Misuse::kReferenceMissing, method_name,
                                   fmt::format("{} was given without a reference, and is freed already", owner_),
                                   place);
  if (reference_count(object) == 0u)
    port_cls_.report_answer(Misuse::kReferenceMissing, method_name,
                            fmt::format("{} was given without a reference", owner_), place);
}

ComPtr<IUnknown> ReferenceCheck::borrow(IUnknown& object, REFIID iid, const char* interface_name) {
  const uint32_t held = held_;
  auto found = ComPtr<IUnknown>::adopt(query_any(&object, iid, interface_name));
  held_ = held;
  return found;
}

void ReferenceCheck::tell(Misuse kind, const char* function, const std::string& sentence,
                          const StackTrace& place) const {
  port_cls_.report_answer(kind, function, fmt::format("{} {}", owner_, sentence), place);
}

IUnknown* ReferenceCheck::query_any(IUnknown* object, REFIID iid, const char* interface_name) {
  if (!object) return nullptr;
  const auto before = on_ ? reference_count(*object) : std::nullopt;
  void* given = nullptr;
  if (object->QueryInterface(iid, &given) < 0) return nullptr;
  auto* found = static_cast<IUnknown*>(given);
  if (!found) {
    port_cls_.report_answer(Misuse::kInterfaceNotGiven, "IUnknown::QueryInterface",
                            fmt::format("{} succeeded for {} and gave NULL", owner_, interface_name),
                            method_place(object, kSlotQueryInterface));
    return nullptr;
  }
  if (!before) return found;
  const auto after = reference_count(*object);
  if (after == *before + 1) {
    ++held_;
  } else if (after == before) {
    // A tear-off has a count of its own: then a reference on it leaves the object's as it is.
    found->AddRef();
    const bool shared = reference_count(*object) == *after + 1;
    if (!shared) {
      found->Release();
      return found;
    }
    ++held_;
    port_cls_.report_answer(Misuse::kReferenceMissing, "IUnknown::QueryInterface",
                            fmt::format("{} gave its {} without a reference", owner_, interface_name),
                            method_place(object, kSlotQueryInterface));
  }
  return found;
}

void ReferenceCheck::check(IUnknown& object, const char* method_name, const StackTrace& place) {
  if (!on_ || held_ == 0) return;
  const auto count = reference_count(object);
  if (!count || *count >= held_) return;
  if (!std::exchange(told_, true))
    port_cls_.report_answer(Misuse::kReleasedTooOften, method_name,
                            fmt::format("{} counts {} references, and the port holds {}", owner_, *count, held_),
                            place);
  // The port's own are made good, so that the object does not die while the port calls it.
  for (uint32_t i = std::max(*count, 1u); i < held_; ++i) object.AddRef();
}

}  // namespace portside::portcls
