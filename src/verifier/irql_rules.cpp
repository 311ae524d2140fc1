#include "verifier/irql_rules.h"

#include <fmt/format.h>

#include <string_view>

namespace portside::verifier {

void IrqlRules::on_call(const kernel::ApiCall& call) {
  if (call.irql_allowed()) return;
  const std::string_view name = call.name;
  const RuleId rule = name.starts_with("IPort") ? RuleId::kWrongIrqlInPortMethod
                      : name.starts_with("Pc")  ? RuleId::kWrongIrqlInPcFunction
                                                : RuleId::kWrongIrql;
  const std::string allowed = call.lowest == call.highest
                                  ? std::string(kernel::irql_name(call.highest))
                                  : fmt::format("{} to {}", kernel::irql_name(call.lowest), kernel::irql_name(call.highest));
  verifier_.report(rule, fmt::format("{} was called at {}; it may be called at {}.", name, kernel::irql_name(call.irql), allowed),
                   {{"called by", call.stack()}});
}

}  // namespace portside::verifier
