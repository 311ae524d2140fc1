#include "loader/frame_cursor.h"

#include <algorithm>
#include <cstring>

#include "kernel/processor_block.h"
#include "loader/host_registers.h"
#include "loader/image.h"
#include "loader/image_list.h"
#include "loader/thunks.h"

extern "C" void portside_save_fx(void* area);

namespace portside::loader {
namespace {

// A walk only needs the integer registers; the floating-point state is 500 bytes that it need not copy.
void copy_registers(ContextRecord& to, const ContextRecord& from, bool all) {
  if (all) {
    std::memcpy(&to, &from, sizeof to);
    return;
  }
  std::memcpy(to.gpr, from.gpr, sizeof to.gpr);
  to.rip = from.rip;
}

}  // namespace

FrameCursor::FrameCursor(const ImageList& images, const ContextRecord& start, bool restore_xmm, bool start_at_call)
    : images_(images), restore_xmm_(restore_xmm), at_call_(start_at_call) {
  copy_registers(context_, start, restore_xmm);
  stack_ = stack_bounds(start.gpr[kRsp]);
  if (kernel::this_processor_block()) {
    shadow_ = ShadowStack::top();
    shadow_base_ = ShadowStack::base();
  } else {
    shadow_ = shadow_base_ = nullptr;
  }
}

[[gnu::noinline]] void FrameCursor::capture_here(ContextRecord& context) {
  portside_save_fx(context.fx_area());
  context.flags = kContextFull;
  context.mx_csr = __builtin_ia32_stmxcsr();
  __asm__ volatile("movw %%cs, %0; movw %%ss, %1; movw %%ds, %2; movw %%es, %3; movw %%fs, %4; movw %%gs, %5"
                   : "=m"(context.cs), "=m"(context.ss), "=m"(context.ds), "=m"(context.es), "=m"(context.fs),
                     "=m"(context.gs));
  context.eflags = 0x202;
  std::memset(context.gpr, 0, sizeof context.gpr);
  // Our frame pointers say enough: only driver frames matter, and the callee-saved registers that a driver had when it
  // called us stand in its shadow frame.
  auto* frame = static_cast<uint64_t*>(__builtin_frame_address(0));
  context.gpr[kRbp] = frame[0];
  context.gpr[kRsp] = reinterpret_cast<uint64_t>(frame + 2);
  context.rip = frame[1];
}

bool FrameCursor::take(const ShadowFrame& frame) {
  at_call_ = true;
  switch (frame.kind) {
    case ShadowKind::kImport:
      context_.rip = frame.return_address;
      context_.gpr[kRsp] = frame.rsp;
      context_.gpr[kRbx] = frame.rbx();
      context_.gpr[kRbp] = frame.rbp;
      context_.gpr[kRsi] = frame.rsi;
      context_.gpr[kRdi] = frame.rdi;
      std::memcpy(&context_.gpr[kR12], &frame.r12, 4 * sizeof(uint64_t));
      if (restore_xmm_) std::memcpy(&context_.xmm[6], frame.xmm6_15, sizeof frame.xmm6_15);
      exact_ = true;
      return true;
    case ShadowKind::kFault:
    case ShadowKind::kRaise:
      copy_registers(context_, *static_cast<const ContextRecord*>(frame.subject()), restore_xmm_);
      at_call_ = frame.kind == ShadowKind::kRaise;
      exact_ = true;
      return true;
    case ShadowKind::kUnwind: {
      const auto* dispatcher = static_cast<const DispatcherContext*>(frame.subject());
      collided_ = dispatcher;
      at_call_ = dispatcher->at_call;
      copy_registers(context_, *dispatcher->context, restore_xmm_);
      exact_ = true;
      return true;
    }
    case ShadowKind::kException:
      nested_frame_ =
          std::max(nested_frame_, static_cast<const DispatcherContext*>(frame.subject())->establisher_frame);
      return false;  // the frames go on as they lie on the stack
  }
  return false;
}

// rip is in host code: on to the next driver frame.
bool FrameCursor::cross_host() {
  uint64_t rsp = context_.gpr[kRsp];
  uint64_t rbp = context_.gpr[kRbp];
  constexpr unsigned kMostHostFrames = 256;
  // Frames recorded below where the walk has come to belong to what it has left behind.
  while (shadow_ > shadow_base_ && shadow_[-1].rsp < rsp) --shadow_;
  for (unsigned i = 0; i < kMostHostFrames; ++i) {
    const ShadowFrame* next = shadow_ > shadow_base_ ? &shadow_[-1] : nullptr;
    uint64_t saved_rbp = 0, return_address = 0;
    const bool framed =
        rbp >= rsp && rbp % 8 == 0 && stack_.read(rbp, saved_rbp) && stack_.read(rbp + 8, return_address);
    // Past the next recorded frame, or lost: that frame is where the driver's registers are.
    if (next && (!framed || rbp + 16 > next->rsp || return_address == import_return_address())) {
      --shadow_;
      if (take(*next)) return images_.find(context_.rip) != nullptr || cross_host();
      continue;
    }
    if (!framed) return false;
    rsp = rbp + 16;
    rbp = saved_rbp;
    if (images_.find(return_address)) {
      context_.rip = return_address;
      context_.gpr[kRsp] = rsp;
      context_.gpr[kRbp] = rbp;
      at_call_ = true;
      // A walk does without; an exception handler of the driver needs its registers.
      exact_ = restore_xmm_ && recover_host_registers(return_address, rsp, context_);
      return true;
    }
  }
  return false;
}

bool FrameCursor::next() {
  if (!unwound_) unwind(WantHandler::kNone);
  unwound_ = false;
  collided_ = nullptr;
  image_ = images_.find(context_.rip);
  if (!image_) {
    if (!cross_host()) return false;
    image_ = images_.find(context_.rip);
  }
  return image_ != nullptr;
}

UnwoundFrame FrameCursor::unwind(WantHandler handler) {
  const uint64_t rsp = context_.gpr[kRsp];
  const UnwoundFrame frame = unwind_frame(*image_, context_, stack_, {handler, restore_xmm_});
  unwound_ = true;
  at_call_ = !frame.machine_frame;
  if (!frame.ok || context_.gpr[kRsp] <= rsp) {
    // Broken: this ends the walk, unless the shadow call stack knows more.
    context_.rip = context_.gpr[kRbp] = 0;
    context_.gpr[kRsp] = rsp + 1;
  }
  return frame;
}

}  // namespace portside::loader
