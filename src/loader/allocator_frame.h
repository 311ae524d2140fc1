#pragma once
// Allocator frames: an out-of-line operator new or delete, or a driver's own wrapper of the pool, stands innermost on
// the stack of every mistake with memory. Whose mistake it is, the next frame says.

#include <cstdint>

namespace portside::loader {

class Image;

// Whether the return address lies in such a function: short, called from more than one place, and calling an allocating
// or freeing function of the pool here, or, `beneath` saying that the frame inside it is one, calling that. Seen in the
// code alone, as binaries have no names.
bool is_allocator_frame(const Image& image, uint64_t return_address, bool beneath);

}  // namespace portside::loader
