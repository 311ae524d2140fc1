#include "verify/promised_interfaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/machine_context.h"
#include "client/filter.h"
#include "io/io.h"

namespace portside::verify {

using verifier::RuleId;

void test_promised_interfaces(Verdicts& verdicts) {
  struct Promise {
    std::vector<std::string> enabled, disabled;  // categories
    bool only_settings = true;                   // the keys of those that are not enabled were opened by the driver
    bool asked_for = false;                      // one that is not enabled, by the driver
  };
  std::map<std::string, Promise> promises;  // by reference string, of each device
  for (const io::DeviceInterface& interface : current<io::Io>().interfaces().all()) {
    const std::string link = client::to_utf8(interface.symbolic_link);
    Promise& promise = promises[link.substr(0, link.find("#{")) + "\\" + client::to_utf8(interface.reference)];
    // A driver that asks for one itself enables it at its time.
    if (!interface.enabled && interface.asked_for_by_driver) {
      promise.asked_for = true;
      continue;
    }
    promise.only_settings &= interface.enabled || interface.key_opened_by_driver;
    (interface.enabled ? promise.enabled : promise.disabled).push_back(client::guid_name(interface.category));
  }
  for (const auto& [name, promise] : promises) {
    const std::string reference = name.substr(name.rfind('\\') + 1);
    Verdict verdict(verdicts, "promised interfaces", reference, kAddInterfacePage);
    if (promise.disabled.empty()) continue;
    // A template, whose settings the driver has read, in one of its categories or in all.
    if (promise.enabled.empty() && (promise.only_settings || promise.asked_for)) continue;
    if (promise.enabled.empty())
      verdict.fail(RuleId::kInterfaceNeverEnabled, reference,
                   fmt::format("{} interface{} of that reference string {} registered, and the driver has enabled none",
                               promise.disabled.size(), promise.disabled.size() == 1 ? "" : "s",
                               promise.disabled.size() == 1 ? "is" : "are"));
    else
      verdict.fail(RuleId::kInterfaceNotEnabled, reference,
                   fmt::format("the interface of {} is registered and not enabled; that of {} is",
                               promise.disabled.front(), promise.enabled.front()));
  }
}

void test_endpoint_connected(Verdicts& verdicts, const client::Endpoint& endpoint,
                             const std::vector<client::FilterInfo>& filters) {
  Verdict verdict(verdicts, "endpoint", endpoint.name, kConnectionPage);
  const auto own = std::ranges::find(filters, endpoint.filter, &client::FilterInfo::symbolic_link);
  if (own == filters.end()) return;
  // Pins and nodes that are joined with the pin, whichever way the sound goes.
  std::set<std::pair<bool, uint32_t>> reached{{false, endpoint.pin.id}};
  for (size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const client::ConnectionInfo& c : own->connections) {
      const std::pair from{c.from_node.has_value(), c.from_node.value_or(c.from_pin)};
      const std::pair to{c.to_node.has_value(), c.to_node.value_or(c.to_pin)};
      if (reached.contains(from) || reached.contains(to)) reached.insert({from, to});
    }
  }
  const auto leads_here = [&](const client::FilterInfo& other, uint32_t pin) {
    return std::ranges::any_of(other.pins, [&](const client::PinInfo& p) {
      return p.connection && p.connection->pin == pin &&
             client::filter_leaf(p.connection->filter) == client::filter_leaf(own->symbolic_link);
    });
  };
  for (const client::PinInfo& pin : own->pins) {
    if (!reached.contains({false, pin.id})) continue;
    const bool joined = pin.connection || std::ranges::any_of(filters, [&](const client::FilterInfo& other) {
                          return &other != &*own && leads_here(other, pin.id);
                        });
    if (joined) return;
  }
  verdict.fail(RuleId::kEndpointNotConnected, endpoint.name,
               fmt::format("no pin of {} that the sound of pin {} reaches is connected with another filter", own->name,
                           endpoint.pin.id));
}

}  // namespace portside::verify
