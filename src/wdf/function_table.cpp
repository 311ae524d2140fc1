#include "wdf/function_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "wdf/wdf.h"

namespace portside::wdf {

namespace {

// STYLE.md 13: a gap is honest. Indices from 0 up to KMDF 1.9's 396; later versions append.
constexpr std::string_view kNames[] = {
#include "wdf/function_names.inc"
};
static_assert(std::size(kNames) == 396, "KMDF 1.9 has 396 functions");
static_assert(kNames[WdfDriverCreateTableIndex] == "WdfDriverCreate");
static_assert(kNames[WdfDeviceMiniportCreateTableIndex] == "WdfDeviceMiniportCreate");
static_assert(kNames[WdfObjectDeleteTableIndex] == "WdfObjectDelete");
static_assert(kNames[WdfWorkItemFlushTableIndex] == "WdfWorkItemFlush");

// One function an index, since a call tells nothing else about which index it came through.
constexpr uint32_t kStubs = 1024;

template <uint32_t kIndex>
VOID NTAPI stub() {
  kernel::ApiScope scope("WdfFunctions");
  std::string_view name = function_name(kIndex);
  current<Wdf>().violation("WdfFunctions", nullptr,
                           fmt::format("the driver called framework function {} ({}), which is not implemented", kIndex,
                                       name.empty() ? "a function newer than KMDF 1.9" : name));
}

template <uint32_t... kIndices>
constexpr std::array<WDFFUNC, kStubs> stubs(std::integer_sequence<uint32_t, kIndices...>) {
  return {&stub<kIndices>...};
}

}  // namespace

std::string_view function_name(uint32_t index) {
  return index < std::size(kNames) ? kNames[index] : std::string_view();
}

void fill_function_table(std::span<WDFFUNC> table) {
  static constexpr auto kAllStubs = stubs(std::make_integer_sequence<uint32_t, kStubs>());
  for (size_t i = 0; i < table.size(); ++i) table[i] = kAllStubs[std::min<size_t>(i, kStubs - 1)];
  for (auto slots : {object_functions(), sync_functions(), data_functions(), target_functions()})
    for (const TableSlot& slot : slots)
      if (slot.index < table.size()) table[slot.index] = slot.function;
}

}  // namespace portside::wdf
