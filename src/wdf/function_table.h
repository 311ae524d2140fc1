#pragma once
// The framework's function table: what stands at each index. Indices are those of KMDF 1.15 (444 functions); later
// versions append.

#include <wdf.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace portside::wdf {

// The name of an index, or "" beyond those known here. The order of the names was held against the indices that compiled
// drivers call (116, 118, 200, 201, 208) and the counts of the versions, and against nothing else.
std::string_view function_name(uint32_t index);

// Puts the implemented functions in their places and, in all others, a function that stops the machine with the index.
void fill_function_table(std::span<WDFFUNC> table);

// Each file of functions fills its own indices.
struct TableSlot {
  uint32_t index;
  WDFFUNC function;
};
std::span<const TableSlot> object_functions();
std::span<const TableSlot> sync_functions();
std::span<const TableSlot> data_functions();
std::span<const TableSlot> target_functions();

}  // namespace portside::wdf

// A row; the cast checks the function's type against the header's.
#define PORTSIDE_WDF_SLOT(name, type) {name##TableIndex, reinterpret_cast<WDFFUNC>(static_cast<type>(&impl_##name))}
