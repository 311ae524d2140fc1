#include "portcls/register_view.h"

#include <utility>

#include <fmt/format.h>

#include "memory/memory.h"

namespace portside::portcls {

Result<RegisterView> RegisterView::create(KernelAddress address, uint32_t width_bits) {
  // KSRTAUDIO_HWREGISTER: "The value of this member can be 32 or 64."
  if (address.is_null() || (width_bits != 32 && width_bits != 64))
    return fail(StatusCode::kUnsuccessful,
                fmt::format("the miniport gave a register of {} bits at {:#x}", width_bits, address.value));
  const uint64_t bytes = width_bits / 8;
  if (address.value % bytes)
    return fail(StatusCode::kUnsuccessful,
                fmt::format("a register of {} bits at {:#x} is not aligned", width_bits, address.value));
  memory::Memory& memory = current<memory::Memory>();
  if (memory.describe(address).kind == memory::AddressKind::kRegisters)
    return fail(StatusCode::kNotSupported,
                "the register is a device's own: there is no page that a client could be given");
  if (auto physical = memory.physical_address(address); !physical)
    return fail(StatusCode::kNotSupported,
                fmt::format("the register's page cannot be mapped to a client: {}", physical.error().sentence()));

  RegisterView view;
  TRY_ASSIGN(view.mdl_, memory.allocate_mdl(address, bytes, nullptr));
  TRY(memory.build_for_nonpaged_pool(view.mdl_));
  TRY_ASSIGN(view.mapping_, memory.map_to_client(view.mdl_, memory::ViewAccess::kReadOnly));
  view.client_ = ClientAddress(view.mapping_.address() + address.offset_in_page());
  return view;
}

RegisterView::~RegisterView() { unmap(); }

RegisterView::RegisterView(RegisterView&& other) noexcept
    : mdl_(std::exchange(other.mdl_, nullptr)), mapping_(std::move(other.mapping_)),
      client_(std::exchange(other.client_, {})) {}

RegisterView& RegisterView::operator=(RegisterView&& other) noexcept {
  if (this != &other) {
    unmap();
    mdl_ = std::exchange(other.mdl_, nullptr);
    mapping_ = std::move(other.mapping_);
    client_ = std::exchange(other.client_, {});
  }
  return *this;
}

void RegisterView::unmap() {
  mapping_.unmap();
  client_ = {};
  if (mdl_) (void)current<memory::Memory>().free_mdl(std::exchange(mdl_, nullptr));
}

}  // namespace portside::portcls
