#pragma once
// ClientMemory: the buffers of a METHOD_NEITHER request lie in the client's memory at addresses the client chose. They
// are copied once, guarded: a bad address is a status for the client, never a fault of the machine.

#include <cstddef>

#include "kernel/fault.h"

namespace portside::ks {

// False when some byte is not accessible; `to` may then hold a part.
bool copy_from_client(void* to, const void* client, size_t bytes);
bool copy_to_client(void* client, const void* from, size_t bytes);

// Turns a fault inside the guarded copy into its failure. One a machine, first among the fault handlers.
class ClientMemory final : public kernel::FaultHandler {
 public:
  explicit ClientMemory(kernel::FaultHub& hub);
  ~ClientMemory() override;
  ClientMemory(const ClientMemory&) = delete;
  ClientMemory& operator=(const ClientMemory&) = delete;

  bool on_fault(kernel::Fault& fault) override;

 private:
  kernel::FaultHub& hub_;
};

}  // namespace portside::ks
