#include "portcls/interface_check.h"

#include <fmt/format.h>

#include "portcls/method_place.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {

constexpr GUID kNobodys = {0x6b0f4c1e, 0x2d97, 0x4a35, {0x91, 0x5c, 0xe4, 0x08, 0x7a, 0xd2, 0x3f, 0xb6}};

// "The method sets *ppvObject to nullptr" for an interface that the object does not have.
void check_refusal(ReferenceCheck& references, IUnknown& object, const StackTrace& place) {
  int untouched = 0;
  void* given = &untouched;
  const NTSTATUS status = object.QueryInterface(kNobodys, &given);
  if (status >= 0) {
    references.tell(Misuse::kUnknownInterfaceGiven, "IUnknown::QueryInterface",
                    "succeeded for an interface that there is not", place);
    // The reference that came with it goes back; of another pointer nothing is known.
    if (given == &object) object.Release();
    return;
  }
  if (given == &untouched)
    references.tell(Misuse::kPointerAfterRefusal, "IUnknown::QueryInterface",
                    "refused an interface and left the pointer as it was", place);
  else if (given)
    references.tell(Misuse::kPointerAfterRefusal, "IUnknown::QueryInterface",
                    "refused an interface and gave a pointer all the same", place);
}

}  // namespace

void check_interfaces(ReferenceCheck& references, IUnknown& object, std::initializer_list<HeldInterface> held) {
  if (!references.checks()) return;
  const StackTrace place = method_place(&object, kSlotQueryInterface);
  const auto refused = [&](const char* name) {
    references.tell(Misuse::kHeldInterfaceRefused, "IUnknown::QueryInterface",
                    fmt::format("does not give {}, which its caller holds", name), place);
  };
  check_refusal(references, object, place);
  // Reflexive: "if a client holds a pointer to an interface on an object, and the client queries for that interface, then the
  // call must succeed".
  const ComPtr<IUnknown> identity = references.borrow(object, IID_IUnknown, "IUnknown");
  if (!identity) refused("IUnknown");
  for (const HeldInterface& interface : held) {
    const ComPtr<IUnknown> given = references.borrow(object, interface.iid, interface.name);
    if (!given) {
      refused(interface.name);
      continue;
    }
    // "A call to QueryInterface with IID_IUnknown must always return the same physical pointer value."
    const ComPtr<IUnknown> same = identity ? references.borrow(*given.get(), IID_IUnknown, "IUnknown") : identity;
    if (same.get() != identity.get())
      references.tell(Misuse::kIdentityDiffers, "IUnknown::QueryInterface",
                      fmt::format("gives one IUnknown, and its {} {}", interface.name, same ? "another" : "none"),
                      place);
  }
}

}  // namespace portside::portcls
