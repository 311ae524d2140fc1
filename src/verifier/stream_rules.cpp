#include "verifier/stream_rules.h"

#include <fmt/format.h>

namespace portside::verifier {

void StreamRules::on_new_stream(const portcls::NewStreamCall& call) {
  if (call.status.nt() < 0 || call.gave_stream) return;
  verifier_.report(RuleId::kStreamNotGiven,
                   fmt::format("IMiniportWaveRT::NewStream returned 0x{:08X}, and *Stream is NULL.",
                               static_cast<uint32_t>(call.status.nt())),
                   {{"returned by", call.method}}, book_.facts(call.info.id));
}

void StreamRules::on_state_change(const portcls::StateChange& change) {
  const Nanoseconds waited = change.ended - change.began;
  const Nanoseconds took = waited + change.processor_time;
  if (took <= set_state_limit_) return;
  verifier_.report(
      RuleId::kSetStateTooSlow,
      fmt::format("IMiniportWaveRTStream::SetState({}) took {}: {} of the machine's time and {} of the processor's. "
                  "The limit, a setting of Portside's, is {}.",
                  state_name(change.to), time_text(took), time_text(waited), time_text(change.processor_time),
                  time_text(set_state_limit_)),
      {{"returned by", change.method}}, book_.facts(change.stream));
}

void StreamRules::on_output_unfilled(const portcls::UnfilledOutput& output) {
  verifier_.report(RuleId::kOutputNotFilled,
                   fmt::format("{} did not fail, and has not written {}.", output.method_name, output.output),
                   {{"returned by", output.method}}, book_.facts(output.stream));
}

void StreamRules::on_register_call(const portcls::RegisterCall& call) {
  const char* const method = call.clock ? "GetClockRegister" : "GetPositionRegister";
  const auto tell = [&](RuleId rule, const std::string& what) {
    verifier_.report(rule, fmt::format("IMiniportWaveRTStream::{} {}.", method, what), {{"returned by", call.method}},
                     book_.facts(call.stream));
  };
  if (call.status.nt() < 0) {
    // Only of the position register does a page say which error it is.
    if (!call.clock && call.status.nt() != STATUS_NOT_SUPPORTED)
      tell(RuleId::kRegisterRefusal, fmt::format("returned {}", status_name(static_cast<uint32_t>(call.status.nt()))));
    return;
  }
  const KSRTAUDIO_HWREGISTER& given = call.given;
  const auto address = reinterpret_cast<uint64_t>(given.Register);
  if (given.Width != 32 && given.Width != 64)
    tell(RuleId::kRegisterWidth, fmt::format("gave a register of {} bits", given.Width));
  else if (address % (given.Width / 8))
    tell(RuleId::kRegisterWidth,
         fmt::format("gave a register of {} bits at 0x{:X}, which is not aligned", given.Width, address));
  if (address == 0) tell(RuleId::kRegisterAddress, "returned success, and Register is NULL");
  if (call.clock && (given.Numerator == 0 || given.Denominator == 0))
    tell(RuleId::kClockFrequency, fmt::format("gave the frequency {}/{}", given.Numerator, given.Denominator));
}

void StreamRules::on_stream_closed(const portcls::StreamClosed& closed) {
  if (!closed.miniport_stream_alive) return;
  verifier_.report(RuleId::kStreamOutlivesPin,
                   "The pin is closed, and the stream's last Release by the port left references.",
                   {{"returned by", closed.method}}, book_.facts(closed.stream));
}

}  // namespace portside::verifier
