// For driver targets alone: the type that aligned allocation is spelled with.
#pragma once
#include <stddef.h>
#if defined(__cplusplus) && defined(__cpp_aligned_new)
namespace std {
enum class align_val_t : size_t {};
}
#endif
