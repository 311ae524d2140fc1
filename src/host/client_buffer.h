#pragma once
// give_buffer: a stream's cyclic buffer for a client in another process.

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

}  // namespace portside::host
