#include "loader/exception_exports.h"

#include <cstring>

#include "loader/c_specific_handler.h"
#include "loader/exception_dispatch.h"
#include "loader/frame_cursor.h"
#include "loader/loader.h"
#include "loader/unwinder.h"

#define PORTSIDE_ABI __attribute__((ms_abi))

namespace portside::loader {
namespace {

ExceptionDispatch dispatch() { return ExceptionDispatch(current<Loader>()); }

// The calling driver's registers. Everything that a function preserves is exact; rax, rcx, rdx, r8-r11 and xmm0-5 are
// not.
bool capture_driver(ContextRecord& context) {
  FrameCursor::capture_here(context);
  FrameCursor cursor(current<Loader>().images(), context, true);
  if (!cursor.next()) return false;
  context = cursor.context();
  return true;
}

PORTSIDE_ABI void local_unwind(void* frame, void* target_ip) {
  dispatch().unwind(reinterpret_cast<uint64_t>(frame), reinterpret_cast<uint64_t>(target_ip), nullptr, 0, nullptr);
}

PORTSIDE_ABI void rtl_unwind(void* frame, void* target_ip, ExceptionRecord* record, void* return_value) {
  dispatch().unwind(reinterpret_cast<uint64_t>(frame), reinterpret_cast<uint64_t>(target_ip), record,
                    reinterpret_cast<uint64_t>(return_value), nullptr);
}

PORTSIDE_ABI void rtl_unwind_ex(void* frame, void* target_ip, ExceptionRecord* record, void* return_value,
                                ContextRecord*, void* history_table) {
  dispatch().unwind(reinterpret_cast<uint64_t>(frame), reinterpret_cast<uint64_t>(target_ip), record,
                    reinterpret_cast<uint64_t>(return_value), history_table);
}

PORTSIDE_ABI void rtl_capture_context(ContextRecord* record) {
  ContextRecord context;
  std::memset(&context, 0, sizeof context);
  capture_driver(context);
  *record = context;
}

PORTSIDE_ABI void rtl_restore_context(ContextRecord* context, ExceptionRecord* record) {
  ExceptionDispatch::load_context(*context);
}

PORTSIDE_ABI const PeRuntimeFunction* rtl_lookup_function_entry(uint64_t pc, uint64_t* image_base,
                                                                void* history_table) {
  Image* image = current<Loader>().images().find(pc);
  *image_base = image ? image->base() : 0;
  return image ? image->function_in_image(image->find_function(pc)) : nullptr;
}

PORTSIDE_ABI void* rtl_pc_to_file_header(void* pc, void** base) {
  Image* image = current<Loader>().images().find(pc);
  return *base = image ? reinterpret_cast<void*>(image->base()) : nullptr;
}

PORTSIDE_ABI LanguageHandler* rtl_virtual_unwind(uint32_t handler_type, uint64_t image_base, uint64_t pc,
                                                 const PeRuntimeFunction* function, ContextRecord* context,
                                                 void** handler_data, uint64_t* establisher, void* context_pointers) {
  constexpr uint32_t kExceptionHandler = 1, kTerminationHandler = 2;
  *establisher = 0;
  const Image* image = current<Loader>().images().find(pc);
  if (!image) return nullptr;
  context->rip = pc;
  const WantHandler want = handler_type & kExceptionHandler     ? WantHandler::kException
                           : handler_type & kTerminationHandler ? WantHandler::kTermination
                                                                : WantHandler::kNone;
  const UnwoundFrame frame = unwind_frame(*image, *context, stack_bounds(context->gpr[kRsp]), {want, true});
  *establisher = frame.establisher;
  if (!frame.ok || !frame.handler_rva) return nullptr;
  *handler_data = reinterpret_cast<void*>(image->base() + frame.handler_data_rva);
  return reinterpret_cast<LanguageHandler*>(image->base() + frame.handler_rva);
}

PORTSIDE_ABI void rtl_raise_exception(ExceptionRecord* record) {
  ExceptionRecord copy = *record;
  copy.address = 0;  // where it was called
  if (copy.parameter_count > ExceptionRecord::kMostParameters) copy.parameter_count = ExceptionRecord::kMostParameters;
  dispatch().raise(copy);
}

PORTSIDE_ABI void ex_raise_status(int32_t status) { dispatch().raise(static_cast<uint32_t>(status), {}); }
PORTSIDE_ABI void ex_raise_access_violation() { dispatch().raise(kStatusAccessViolation, {}); }
PORTSIDE_ABI void ex_raise_datatype_misalignment() { dispatch().raise(kStatusMisalignment, {}); }

PORTSIDE_ABI uint16_t rtl_capture_stack_back_trace(uint32_t skip, uint32_t count, void** addresses, uint32_t* hash) {
  const StackTrace trace = current<Loader>().stack_walker().capture();
  uint16_t stored = 0;
  uint32_t sum = 0;
  for (uint32_t i = skip; i < trace.count && stored < count; ++i) {
    addresses[stored++] = reinterpret_cast<void*>(trace.frames[i]);
    sum += static_cast<uint32_t>(trace.frames[i]);
  }
  if (hash) *hash = sum;
  return stored;
}

template <class Function>
void* address_of(Function* function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace

std::span<const ExceptionExport> exception_exports() {
  static const ExceptionExport kRows[] = {
      {"__C_specific_handler", address_of(&c_specific_handler), false, ""},
      {"_local_unwind", address_of(&local_unwind), false, ""},
      {"RtlUnwind", address_of(&rtl_unwind), false, ""},
      {"RtlUnwindEx", address_of(&rtl_unwind_ex), false, ""},
      {"RtlCaptureContext", address_of(&rtl_capture_context), true,
       "rax, rcx, rdx, r8-r11 and xmm0-5 are not the caller's"},
      {"RtlRestoreContext", address_of(&rtl_restore_context), true, "STATUS_LONGJUMP and consolidation are not known"},
      {"RtlVirtualUnwind", address_of(&rtl_virtual_unwind), true, "context pointers are not filled in"},
      {"RtlLookupFunctionEntry", address_of(&rtl_lookup_function_entry), true, "the history table is not used"},
      {"RtlPcToFileHeader", address_of(&rtl_pc_to_file_header), false, ""},
      {"RtlRaiseException", address_of(&rtl_raise_exception), false, ""},
      {"RtlRaiseStatus", address_of(&ex_raise_status), false, ""},
      {"ExRaiseStatus", address_of(&ex_raise_status), false, ""},
      {"ExRaiseAccessViolation", address_of(&ex_raise_access_violation), false, ""},
      {"ExRaiseDatatypeMisalignment", address_of(&ex_raise_datatype_misalignment), false, ""},
      {"RtlCaptureStackBackTrace", address_of(&rtl_capture_stack_back_trace), true, "driver frames only"},
  };
  return kRows;
}

}  // namespace portside::loader
