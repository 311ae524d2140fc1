#include "verify/filter_event_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <vector>

#include "client/jack.h"
#include "client/ks_event.h"
#include "client/process.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kJackPage = "audio/ksevent-pincaps-jackinfochange";
// How long jacks are watched, how often, and how late the event of a change may be.
constexpr milliseconds kWatched{400}, kStep{20}, kLate{100};

using client::KsEvent;

struct KnownEvent {
  GUID set;
  ULONG id;
};
const KnownEvent kOfFilters[] = {{KSEVENTSETID_SoundDetector, KSEVENT_SOUNDDETECTOR_MATCHDETECTED}};
const KnownEvent kOfPins[] = {{KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_FORMATCHANGE},
                              {KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE}};
const KnownEvent kOfNodes[] = {{KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE}};

// One target's event for two clients: who disables it takes it from himself alone. What a handler forgets, the port tells.
bool enable_for_two(const client::KsFile& file, const client::FilterInfo& filter, const KnownEvent& event,
                    const KsEvent::Target& target) {
  const auto told = client::Event::create();
  if (!told) return false;
  auto own = KsEvent::enable(file, event.set, event.id, target, **told);
  if (!own) return false;
  const auto other = client::KsFile::open(filter.symbolic_link);
  if (!other) return true;
  const auto others = KsEvent::enable(*other, event.set, event.id, target, **told);
  own->reset();
  return true;
}

// A pin's jacks, and the event that tells of their changes.
class WatchedPin {
 public:
  WatchedPin(const client::KsFile& file, uint32_t pin) : file_(file), pin_(pin) {
    jacks_ = client::read_jacks(file, pin);
    if (jacks_.empty()) return;
    auto told = client::Event::create();
    if (!told) {
      jacks_.clear();  // nobody could be told
      return;
    }
    told_ = std::move(*told);
    if (auto event = KsEvent::enable(file, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE,
                                     {.node = std::nullopt, .pin = pin}, *told_))
      event_ = std::move(*event);
  }
  bool has_jacks() const { return !jacks_.empty(); }
  bool offers_event() const { return event_ != nullptr; }
  uint32_t pin() const { return pin_; }

  // Looks once; true: a jack changed, and too long ago for an event that still has not come.
  bool is_untold(Nanoseconds now) {
    bool told = told_->wait(Nanoseconds(0));  // a wait takes the event back
    const std::vector<client::Jack> jacks = client::read_jacks(file_, pin_);
    for (size_t i = 0; i < std::min(jacks.size(), jacks_.size()); ++i)
      if (jacks[i].description.IsConnected != jacks_[i].description.IsConnected) {
        if (!changed_at_) changed_at_ = now;
        changed_ = i;
      }
    jacks_ = jacks;
    told |= told_->wait(Nanoseconds(0));
    if (told) told_at_ = now;
    // It may come a little before the change is seen.
    if (told_at_ && changed_at_ && *changed_at_ - *told_at_ <= kLate) changed_at_.reset();
    return changed_at_ && now - *changed_at_ > kLate;
  }
  size_t changed() const { return changed_; }
  void forget() { changed_at_.reset(); }
  // A jack of which the driver says that it does not notice what is plugged in, and which is said to be empty.
  bool is_empty_unnoticed() const {
    return std::ranges::any_of(jacks_, [](const client::Jack& jack) {
      return jack.capabilities && !jack.detects_presence() && !jack.description.IsConnected;
    });
  }

 private:
  const client::KsFile& file_;
  const uint32_t pin_;
  std::vector<client::Jack> jacks_;
  std::unique_ptr<client::Event> told_;
  std::unique_ptr<KsEvent> event_;
  std::optional<Nanoseconds> changed_at_, told_at_;
  size_t changed_ = 0;
};

void watch_jacks(Verdicts& verdicts, const client::KsFile& file, const client::FilterInfo& filter) {
  std::vector<std::unique_ptr<WatchedPin>> pins;
  for (const client::PinInfo& pin : filter.pins) {
    auto watched = std::make_unique<WatchedPin>(file, pin.id);
    if (watched->has_jacks()) pins.push_back(std::move(watched));
  }
  if (pins.empty()) return;
  Verdict verdict(verdicts, "jack events", filter.name, kJackPage);
  verdict.measure("pins with jacks", static_cast<double>(pins.size()), "");
  std::set<uint32_t> unnoticed;
  for (Nanoseconds waited{}; waited < kWatched; waited += kStep) {
    client::sleep_for(kStep);
    for (const auto& pin : pins) {
      if (pin->is_empty_unnoticed() && unnoticed.insert(pin->pin()).second)
        verdict.fail(RuleId::kUnpluggedUndetected, fmt::format("{} pin {}", filter.name, pin->pin()),
                     "IsConnected is FALSE, and JackCapabilities have no JACKDESC2_PRESENCE_DETECT_CAPABILITY");
      if (!pin->is_untold(waited)) continue;
      verdict.fail(RuleId::kJackChangeUntold, fmt::format("{} pin {}", filter.name, pin->pin()),
                   fmt::format("IsConnected of jack {} of pin {} has changed, and {}", pin->changed() + 1, pin->pin(),
                               pin->offers_event() ? fmt::format("{} ms later its event has not come", kLate.count())
                                                   : "the pin has no KSEVENT_PINCAPS_JACKINFOCHANGE to tell of it"));
      pin->forget();
    }
  }
}

}  // namespace

void test_filter_events(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  size_t enabled = 0;
  for (const KnownEvent& event : kOfFilters)
    enabled += enable_for_two(*file, filter, event, {.node = std::nullopt, .pin = std::nullopt});
  for (const client::PinInfo& pin : filter.pins)
    for (const KnownEvent& event : kOfPins)
      enabled += enable_for_two(*file, filter, event, {.node = std::nullopt, .pin = pin.id});
  for (const client::NodeInfo& node : filter.nodes)
    for (const KnownEvent& event : kOfNodes)
      enabled += enable_for_two(*file, filter, event, {.node = node.id, .pin = std::nullopt});
  if (enabled) {
    Verdict verdict(verdicts, "events", filter.name, "audio/ks-events");
    verdict.measure("events that can be enabled", static_cast<double>(enabled), "");
  }
  watch_jacks(verdicts, *file, filter);
}

}  // namespace portside::verify
