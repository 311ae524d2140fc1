#include "loader/exception_dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/status.h"
#include "loader/frame_cursor.h"
#include "loader/loader.h"
#include "loader/shadow_marker.h"

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
extern "C" void __asan_handle_no_return();
#endif

extern "C" portside::loader::Disposition portside_call_handler(portside::loader::ExceptionRecord*, void* frame,
                                                               portside::loader::ContextRecord*,
                                                               portside::loader::DispatcherContext*,
                                                               portside::loader::LanguageHandler*);
extern "C" [[noreturn]] void portside_load_context(const portside::loader::ContextRecord*);

namespace portside::loader {
namespace {

// Calls a language handler with a marker in the shadow call stack, by which a walk that starts inside the handler finds
// where the frames go on (frame_cursor.h).
[[gnu::noinline]] Disposition call_handler(ShadowKind kind, ExceptionRecord& record, ContextRecord& context,
                                           DispatcherContext& dispatcher) {
  const ShadowMarker marker(kind, __builtin_frame_address(0), &dispatcher);
  return portside_call_handler(&record, reinterpret_cast<void*>(dispatcher.establisher_frame), &context, &dispatcher,
                               dispatcher.handler);
}

bool is_frame_sane(const StackBounds& stack, uint64_t frame) { return frame % 8 == 0 && stack.holds(frame, 0); }

LanguageHandler* handler_of(const Image& image, const UnwoundFrame& frame) {
  const uint64_t address = image.base() + frame.handler_rva;
  return frame.handler_rva && image.is_code(address) ? reinterpret_cast<LanguageHandler*>(address) : nullptr;
}

}  // namespace

bool ExceptionDispatch::has_handler(const ContextRecord& context) const {
  FrameCursor cursor(loader_.images(), context, false);
  constexpr unsigned kMostFrames = 4096;
  for (unsigned i = 0; i < kMostFrames && cursor.next(); ++i) {
    if (cursor.collided()) return true;
    Image& image = cursor.image();
    const UnwoundFrame frame = cursor.unwind(WantHandler::kException);
    if (frame.ok && handler_of(image, frame)) return true;
  }
  return false;
}

DispatchResult ExceptionDispatch::dispatch(ExceptionRecord& record, ContextRecord& context, bool at_call) {
  FrameCursor cursor(loader_.images(), context, true, at_call);
  uint64_t nested_frame = 0;
  while (cursor.next()) {
    Image& image = cursor.image();
    const DispatcherContext* collided = cursor.collided();
    if (cursor.nested_frame() > nested_frame) {
      nested_frame = cursor.nested_frame();
      record.flags |= kNestedCall;
    }
    ContextRecord frame_context = cursor.context();
    const bool frame_at_call = cursor.at_call();
    const UnwoundFrame frame = cursor.unwind(WantHandler::kException);
    if (!frame.ok || !is_frame_sane(cursor.stack(), frame.establisher)) {
      record.flags |= 0x08;  // EXCEPTION_STACK_INVALID
      continue;
    }
    if (LanguageHandler* handler = handler_of(image, frame)) {
      DispatcherContext dispatcher{
          .control_pc = frame_context.rip,
          .image_base = image.base(),
          .function = image.function_in_image(frame.function),
          .establisher_frame = frame.establisher,
          .context = &frame_context,
          .handler = handler,
          .handler_data = image.bytes_at(frame.handler_data_rva, 1),
          .scope_index = collided ? collided->scope_index : 0,
          .at_call = frame_at_call,
      };
      switch (call_handler(ShadowKind::kException, record, context, dispatcher)) {
        case Disposition::kContinueExecution:
          if (record.flags & kNonContinuable) {
            ExceptionRecord second{
                .code = kStatusNoncontinuable, .flags = kNonContinuable, .previous = &record, .address = context.rip};
            raise(second);
          }
          return DispatchResult::kContinue;
        case Disposition::kContinueSearch: break;
        default: {
          ExceptionRecord second{
              .code = kStatusInvalidDisposition, .flags = kNonContinuable, .previous = &record, .address = context.rip};
          raise(second);
        }
      }
    }
    if (frame.establisher >= nested_frame) record.flags &= ~kNestedCall;
  }
  return DispatchResult::kUnhandled;
}

void ExceptionDispatch::raise(uint32_t code, std::span<const uint64_t> parameters, bool continuable) {
  ExceptionRecord record{.code = code, .flags = continuable ? 0 : kNonContinuable};
  record.parameter_count = static_cast<uint32_t>(std::min<size_t>(parameters.size(), ExceptionRecord::kMostParameters));
  std::copy_n(parameters.begin(), record.parameter_count, record.parameters);
  raise(record);
}

[[gnu::noinline]] void ExceptionDispatch::raise(ExceptionRecord& record) {
  ContextRecord here;
  FrameCursor::capture_here(here);
  FrameCursor cursor(loader_.images(), here, true);
  // The exception happened where the driver called.
  const bool from_driver = cursor.next();
  ContextRecord context = from_driver ? cursor.context() : here;
  if (!record.address) record.address = context.rip;
  loader_.hooks().on_exception(record.code, record.address, capture_stack());
  if (from_driver) {
    // From here on everyone finds the same registers, though only the first walk can recover those behind a COM method.
    ContextRecord driver = context;
    const ShadowMarker marker(ShadowKind::kRaise, __builtin_frame_address(0), &driver);
    if (dispatch(record, context, true) == DispatchResult::kContinue) load_context(context);
  }
  unhandled(record, context);
}

void ExceptionDispatch::unhandled(const ExceptionRecord& record, const ContextRecord& context) {
  constexpr uint32_t kKmodeExceptionNotHandled = 0x1E;
  const Image* image = loader_.images().find(record.address);
  loader_.hooks().bug_check(
      kKmodeExceptionNotHandled, record.code, record.address, record.parameters[0], record.parameters[1],
      fmt::format("The driver raised {} at {}, and none of its handlers took it.", status_name(record.code),
                  image ? fmt::format("{}+0x{:x}", image->name(), record.address - image->base())
                        : fmt::format("0x{:x}", record.address)),
      loader_.stack_walker().capture_from(context.rip, context.gpr[kRsp], context.gpr[kRbp]));
}

void ExceptionDispatch::unwind(uint64_t target_frame, uint64_t target_ip, ExceptionRecord* record,
                               uint64_t return_value, void* history_table) {
  ContextRecord here;
  FrameCursor::capture_here(here);
  ExceptionRecord own{.code = kStatusUnwind};
  if (!record) {
    FrameCursor caller(loader_.images(), here, false);
    if (caller.next()) own.address = caller.context().rip;
    record = &own;
  }
  FrameCursor cursor(loader_.images(), here, true);
  record->flags = (record->flags & ~kNestedCall) | kUnwinding | (target_frame ? 0 : kExitUnwind);

  while (cursor.next()) {
    Image& image = cursor.image();
    const DispatcherContext* collided = cursor.collided();
    ContextRecord frame_context = cursor.context();
    const bool frame_at_call = cursor.at_call();
    const UnwoundFrame frame = cursor.unwind(WantHandler::kTermination);
    const bool is_target = frame.establisher == target_frame;
    if (!frame.ok || !is_frame_sane(cursor.stack(), frame.establisher) ||
        (target_frame && frame.establisher > target_frame)) {
      ExceptionRecord second{.code = frame.ok ? kStatusInvalidUnwindTarget : kStatusBadStack,
                             .flags = kNonContinuable,
                             .previous = record,
                             .address = frame_context.rip};
      unhandled(second, frame_context);
    }
    frame_context.gpr[kRax] = return_value;
    if (LanguageHandler* handler = handler_of(image, frame)) {
      if (is_target) record->flags |= kTargetUnwind;
      if (collided) record->flags |= kCollidedUnwind;
      DispatcherContext dispatcher{
          .control_pc = frame_context.rip,
          .image_base = image.base(),
          .function = image.function_in_image(frame.function),
          .establisher_frame = frame.establisher,
          .target_ip = target_ip,
          .context = &frame_context,
          .handler = handler,
          .handler_data = image.bytes_at(frame.handler_data_rva, 1),
          .history_table = history_table,
          .scope_index = collided ? collided->scope_index : 0,
          .at_call = frame_at_call,
      };
      const Disposition disposition = call_handler(ShadowKind::kUnwind, *record, frame_context, dispatcher);
      if (disposition != Disposition::kContinueSearch) {
        ExceptionRecord second{.code = kStatusInvalidDisposition,
                               .flags = kNonContinuable,
                               .previous = record,
                               .address = frame_context.rip};
        raise(second);
      }
      record->flags &= ~(kTargetUnwind | kCollidedUnwind);
    }
    if (is_target) {
      frame_context.rip = target_ip;
      frame_context.gpr[kRax] = return_value;
      load_context(frame_context);
    }
  }
  // An exit unwind, or a target that is not on this stack.
  ExceptionRecord second{
      .code = kStatusInvalidUnwindTarget, .flags = kNonContinuable, .previous = record, .address = record->address};
  unhandled(second, here);
}

void ExceptionDispatch::load_context(const ContextRecord& context) {
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
  __asan_handle_no_return();
#endif
  ShadowStack::trim(context.gpr[kRsp]);
  if (MachineContext* machine = MachineContext::current())
    if (Loader* loader = machine->find<Loader>()) loader->hooks().on_unwound(context.gpr[kRsp]);
  portside_load_context(&context);
}

}  // namespace portside::loader
