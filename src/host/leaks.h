#pragma once
// What drivers obtained and nobody gave back: looked for when the last driver is unloaded.

#include <vector>

#include "verifier/leftover_rules.h"

namespace portside::io {
class Io;
}
namespace portside::kernel {
class Services;
}
namespace portside::memory {
class Memory;
}

namespace portside::host {

std::vector<verifier::Leak> find_leaks(memory::Memory& memory, kernel::Services& services, io::Io& io);

}  // namespace portside::host
