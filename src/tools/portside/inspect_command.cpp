// portside inspect: what a driver shows an application.

#include <fmt/format.h>

#include "client/filter_details.h"
#include "client/topology.h"
#include "host/lost_subdevices.h"
#include "portside/command.h"
#include "portside/inspect_details.h"
#include "portside/json.h"

namespace portside::tools {
namespace {

std::string flow(const client::PinInfo& pin) {
  if (pin.is_host_pin()) return pin.dataflow == KSPIN_DATAFLOW_IN ? "render" : "capture";
  return pin.dataflow == KSPIN_DATAFLOW_IN ? "bridge in" : "bridge out";
}

void print_filter(const Console& console, const client::FilterInfo& filter, const client::FilterDetails& details) {
  console.heading("filter " + filter.name);
  for (const client::PinInfo& pin : filter.pins) {
    std::string line = fmt::format("  pin {:<3}{:<11}{}", pin.id, flow(pin), client::guid_name(pin.category));
    if (!pin.name.empty()) line += fmt::format("  \"{}\"", pin.name);
    if (pin.is_host_pin()) line += fmt::format("  {} of {} in use", pin.current_instances, pin.possible_instances);
    if (pin.connection)
      line += fmt::format("  -> {} pin {}", client::filter_leaf(pin.connection->filter), pin.connection->pin);
    console.line(line);
    if (pin.is_host_pin())
      for (const client::FormatRange& range : pin.ranges) console.line("                   " + range.to_string());
    for (const GUID& mode : pin.modes) console.line("                   mode " + client::guid_name(mode));
    if (pin.id < details.pins.size()) print_pin_details(console, details.pins[pin.id]);
  }
  for (const client::NodeInfo& node : filter.nodes) {
    std::string line = fmt::format("  node {:<2}{}", node.id, client::guid_name(node.type));
    if (node.id < details.node_names.size() && !details.node_names[node.id].empty())
      line += fmt::format("  \"{}\"", details.node_names[node.id]);
    console.line(line);
  }
  for (const client::ConnectionInfo& c : filter.connections) {
    const auto end = [](const std::optional<uint32_t>& node, uint32_t pin) {
      return node ? fmt::format("node {} pin {}", *node, pin) : fmt::format("pin {}", pin);
    };
    console.line(fmt::format("  {:<16} -> {}", end(c.from_node, c.from_pin), end(c.to_node, c.to_pin)));
  }
  print_filter_details(console, filter, details);
}

ExitCode inspect(const Console& console, const DriverOptions& options) {
  return options.with_machine(console, [&](host::Machine& machine) {
    if (auto installed = options.install(console, machine); !installed)
      return failed(console, machine, installed.error());
    Result<std::vector<client::FilterInfo>> filters = fail(StatusCode::kUnsuccessful, "not read");
    std::vector<client::FilterDetails> details;
    std::vector<std::string> announced;
    const auto read = [&] {
      filters = client::list_filters();
      if (!filters) return;
      for (const client::FilterInfo& filter : *filters)
        details.push_back(client::read_details(filter).value_or(client::FilterDetails{}));
      announced = client::announced_interfaces();
    };
    if (auto ran = machine.run(read); !ran) return failed(console, machine, ran.error());
    if (!filters) return failed(console, machine, filters.error());
    const std::vector<host::LostSubdevice> lost = host::lost_subdevices(machine);
    const std::vector<client::Endpoint> endpoints = client::endpoints_of(*filters);
    if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());

    if (console.json) {
      nlohmann::json out = report_json(machine);
      out["driver"] = std::filesystem::path(options.driver).filename().string();
      out["filters"] = nlohmann::json::array();
      out["endpoints"] = nlohmann::json::array();
      for (size_t i = 0; i < filters->size(); ++i) {
        out["filters"].push_back(filter_json((*filters)[i]));
        add_details(out["filters"].back(), details[i]);
      }
      out["lost"] = lost_json(lost, announced);
      for (const auto& e : endpoints) out["endpoints"].push_back(endpoint_json(e));
      console.document(out);
      return out["findings"].empty() ? ExitCode::kClean : print_verdict(console, machine);
    }
    console.heading("endpoints");
    for (const client::Endpoint& e : endpoints)
      console.line(fmt::format("  {:<8} {:<28} {} pin {}",
                               e.direction == client::Direction::kRender ? "render" : "capture", e.name, e.filter_name,
                               e.pin.id));
    if (endpoints.empty()) console.line("  none");
    print_lost(console, lost, announced);
    for (size_t i = 0; i < filters->size(); ++i) print_filter(console, (*filters)[i], details[i]);
    return print_verdict(console, machine);
  });
}

}  // namespace

Runner add_inspect(CLI::App& app) {
  auto options = std::make_shared<DriverOptions>();
  options->declare(app);
  return [options](const Console& console) { return inspect(console, *options); };
}

}  // namespace portside::tools
