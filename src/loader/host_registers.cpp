#include "loader/host_registers.h"

#include <unwind.h>

namespace portside::loader {
namespace {

struct Search {
  uint64_t return_address;
  uint64_t rsp;
  ContextRecord& context;
  bool found = false;
};

_Unwind_Reason_Code visit(_Unwind_Context* frame, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  if (_Unwind_GetIP(frame) != search.return_address || _Unwind_GetCFA(frame) != search.rsp) return _URC_NO_REASON;
  // "System V ABI, AMD64", figure 3.36: the numbers of .eh_frame.
  constexpr struct {
    int dwarf;
    Register ours;
  } kRegisters[] = {{3, kRbx}, {4, kRsi}, {5, kRdi}, {6, kRbp}, {12, kR12}, {13, kR13}, {14, kR14}, {15, kR15}};
  for (const auto& reg : kRegisters) search.context.gpr[reg.ours] = _Unwind_GetGR(frame, reg.dwarf);
  search.found = true;
  return _URC_NORMAL_STOP;
}

}  // namespace

bool recover_host_registers(uint64_t return_address, uint64_t rsp, ContextRecord& context) {
  Search search{return_address, rsp, context};
  _Unwind_Backtrace(&visit, &search);
  return search.found;
}

}  // namespace portside::loader
