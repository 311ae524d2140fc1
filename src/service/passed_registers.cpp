#include "service/passed_registers.h"

#include "host/client_buffer.h"

namespace portside::service {

PassedRegisters::PassedRegisters(host::Machine& machine, const client::Stream& stream)
    : position_(give(machine, stream.position_register())), clock_(give(machine, stream.clock_register())) {
  // The contract wants both above zero (KSRTAUDIO_HWREGISTER, Remarks); the verifier says so.
  if (clock_ && (clock_->passed.facts.numerator == 0 || clock_->passed.facts.denominator == 0)) clock_.reset();
}

std::optional<PassedRegisters::Given> PassedRegisters::give(host::Machine& machine, const KSRTAUDIO_HWREGISTER* reg) {
  if (!reg) return std::nullopt;
  auto given = host::give_register(machine, reg->Register, reg->Width / 8);
  if (!given) return std::nullopt;
  return Given{std::move(given->descriptor),
               {.offset = static_cast<uint32_t>(given->offset),
                .facts = {.width = reg->Width,
                          .numerator = reg->Numerator,
                          .denominator = reg->Denominator,
                          .accuracy = reg->Accuracy}}};
}

void PassedRegisters::add_to(wire::Opened& opened, std::vector<int>& descriptors) const {
  for (const auto& [given, passed] : {std::pair(&position_, &opened.position), {&clock_, &opened.clock}}) {
    if (!*given) continue;
    *passed = (*given)->passed;
    descriptors.push_back((*given)->page.get());
  }
}

}  // namespace portside::service
