#pragma once
// RegisterView: a hardware register as a client sees it: its own read-only mapping of the page that the register lies
// in, until the pin closes (KSPROPERTY_RTAUDIO_POSITIONREGISTER and _CLOCKREGISTER, Remarks).

#include <wdm.h>

#include <cstdint>

#include "base/address.h"
#include "base/result.h"
#include "memory/client_mapping.h"

namespace portside::portcls {

class RegisterView {
 public:
  RegisterView() = default;
  // `address`: where the miniport reads it; `width_bits`: 32 or 64. STATUS_NOT_SUPPORTED when the page is none of the
  // machine's memory: a variable of the driver's image, or a device register whose reads are emulated one by one.
  static Result<RegisterView> create(KernelAddress address, uint32_t width_bits);
  ~RegisterView();
  RegisterView(RegisterView&& other) noexcept;
  RegisterView& operator=(RegisterView&& other) noexcept;

  // Null when nothing is mapped.
  ClientAddress client() const { return client_; }

 private:
  void unmap();

  PMDL mdl_ = nullptr;
  memory::ClientMapping mapping_;
  ClientAddress client_;
};

}  // namespace portside::portcls
