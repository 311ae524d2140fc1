#include "verify/node_test.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <set>

#include "verify/property_target.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr const char* kMeterPage = "audio/ksnodetype-peakmeter";
constexpr const char* kMuxPage = "audio/ksproperty-audio-mux-source";

bool is_of(const client::NodeInfo& node, const GUID& type) { return std::memcmp(&node.type, &type, sizeof type) == 0; }

template <class T>
std::optional<T> number(const PropertyTarget::Answer& answer) {
  T value{};
  if (!answer.ok() || answer.value.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, answer.value.data(), sizeof value);
  return value;
}

std::optional<int32_t> read_meter(const PropertyTarget& target, uint32_t node, LONG channel) {
  KSNODEPROPERTY_AUDIO_CHANNEL request{};
  request.NodeProperty.Property = client::property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2,
                                                           KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
  request.NodeProperty.NodeId = node;
  request.Channel = channel;
  return number<int32_t>(target.ask(std::as_bytes(std::span(&request, 1)), sizeof(LONG)));
}

class Multiplexer {
 public:
  Multiplexer(const client::KsFile& file, uint32_t node)
      : target_(file, PropertyTarget::Kind::kNode, node), node_(node) {}
  std::optional<uint32_t> source() const {
    const KSP_NODE request = client::node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUX_SOURCE, node_,
                                                  KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    return number<uint32_t>(target_.ask(std::as_bytes(std::span(&request, 1)), sizeof(ULONG)));
  }
  bool select(uint32_t pin) const {
    const KSP_NODE request = client::node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUX_SOURCE, node_,
                                                  KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY);
    return target_.tell(std::as_bytes(std::span(&request, 1)), std::as_bytes(std::span(&pin, 1))).ok();
  }

 private:
  const PropertyTarget target_;
  const uint32_t node_;
};

}  // namespace

void test_peak_meters(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  for (const client::NodeInfo& node : filter.nodes) {
    if (!is_of(node, KSNODETYPE_PEAKMETER)) continue;
    const PropertyTarget target(*file, PropertyTarget::Kind::kNode, node.id);
    if (!read_meter(target, node.id, 0)) continue;
    // What a microphone hears differs from one look to the next.
    const auto again = read_meter(target, node.id, 0), third = read_meter(target, node.id, 0);
    const std::string subject = fmt::format("{} node {}", filter.name, node.id);
    Verdict verdict(verdicts, "peak meter", subject, kMeterPage);
    verdict.measure("peak of silence", again.value_or(0), "");
    if (again && *again != 0 && again == third)
      verdict.advise(RuleId::kPeakMeterNotReset, subject,
                     fmt::format("nothing plays, the meter was just read, and it reads {} again", *again));
  }
}

void test_multiplexers(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  for (const client::NodeInfo& node : filter.nodes) {
    if (!is_of(node, KSNODETYPE_MUX)) continue;
    const Multiplexer mux(*file, node.id);
    const std::optional<uint32_t> before = mux.source();
    if (!before) continue;  // told by the test of its properties
    std::set<uint32_t> inputs, pins;
    for (const client::ConnectionInfo& c : filter.connections) {
      if (c.to_node == node.id) inputs.insert(c.to_pin);
      if (c.from_node == node.id) pins.insert(c.from_pin);
    }
    const std::string subject = fmt::format("{} node {} ({})", filter.name, node.id, client::guid_name(node.type));
    Verdict verdict(verdicts, "multiplexer", subject, kMuxPage);
    verdict.measure("inputs", static_cast<double>(inputs.size()), "");
    const auto wrong = [&](std::string what) {
      verdict.fail(RuleId::kMuxSourceWrong, subject, "KSPROPERTY_AUDIO_MUX_SOURCE " + std::move(what));
    };
    if (!inputs.contains(*before))
      wrong(fmt::format("is {}, and no connection leads to that pin of the node", *before));
    for (const uint32_t input : inputs)
      if (mux.select(input) && mux.source() != input)
        verdict.fail(
            RuleId::kValueNotKept, subject,
            fmt::format("KSPROPERTY_AUDIO_MUX_SOURCE set to {} reads as {}", input, mux.source().value_or(~0u)));
    // Its output, the pin behind the last one, and none at all.
    pins.insert(inputs.empty() ? 0 : *inputs.rbegin() + 1);
    pins.insert(~0u);
    for (const uint32_t pin : pins)
      if (!inputs.contains(pin) && mux.select(pin) && mux.source() == pin)
        wrong(fmt::format("takes pin 0x{:X}, to which nothing leads", pin));
    (void)mux.select(*before);
  }
}

}  // namespace portside::verify
