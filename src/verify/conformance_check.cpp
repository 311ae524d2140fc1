// The conformance check: what certification asserts, for every endpoint, format, processing mode and buffer size that
// the driver offers, measured as an application would.

#include <fmt/format.h>

#include <algorithm>

#include "host/machine.h"
#include "loader/image.h"
#include "verify/checks.h"
#include "verify/conformance_plan.h"

namespace portside::verify {
namespace {

bool imports_port_class(host::Machine& machine) {
  const loader::Image* image = machine.image();
  return !image ||
         std::ranges::any_of(image->imports(), [](const loader::ImportRecord& i) { return i.name == "PcNewPort"; });
}

class ConformanceCheck final : public Check {
 public:
  std::string_view name() const override { return "conformance"; }
  std::string_view about() const override {
    return "what certification asserts of every endpoint, format, mode and buffer size";
  }
  unsigned weight() const override { return 3; }

  void run(Campaign& campaign) override {
    const Request& request = campaign.request();
    const auto plan = [&](host::Machine& machine) {
      ConformanceOptions options;
      options.endpoint = request.endpoint;
      options.tolerances = Tolerances::scaled(request.tolerance);
      options.port_class = imports_port_class(machine);
      return plan_conformance(options);
    };
    AssertionRuns runs(campaign, plan, request.realtime);
    runs.run();

    std::string note = runs.cut_short();
    const auto add = [&](std::string sentence) { note += (note.empty() ? "" : "; ") + sentence; };
    if (request.realtime) add("in real time figures are told and not judged");
    if (request.tolerance != 1) add(fmt::format("tolerances are {:.4g} times the published ones", request.tolerance));
    if (!note.empty()) campaign.note(note);
  }
};

}  // namespace

std::unique_ptr<Check> make_conformance_check() { return std::make_unique<ConformanceCheck>(); }

}  // namespace portside::verify
