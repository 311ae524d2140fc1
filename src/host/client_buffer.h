#pragma once
// give_buffer, give_register: a stream's cyclic buffer, and the registers of its device, for a client in another process.

#include <cstddef>
#include <span>

#include "host/machine.h"
#include "memory/memory.h"

namespace portside::host {

// Of a client's view in this process. Fails where the pages do not lie in memory of their own: RAM that QEMU has as
// well, or a driver that put its buffer into its pool.
inline Result<memory::GivenMemory> give_buffer(Machine& machine, std::span<std::byte> buffer) {
  return machine.memory().give_to_client(ClientAddress(reinterpret_cast<uint64_t>(buffer.data())), buffer.size());
}

// A register as it is mapped for a client in this process: its page, to be looked at. Fails where that is not alone in its memory, as
// give_buffer() does, and where a driver's other things lie beside it.
inline Result<memory::GivenMemory> give_register(Machine& machine, const void* mapped, uint64_t bytes) {
  return machine.memory().give_to_client_to_read(ClientAddress(reinterpret_cast<uint64_t>(mapped)), bytes);
}

}  // namespace portside::host
