#pragma once
// What the tests of topology filters ask of them: events, and values of a node's channels.

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "client/filter.h"
#include "client/ks_event.h"
#include "client/process.h"
#include "client/topology.h"

namespace portside::testing_support {

inline client::KsFile filter_named(std::string_view name) {
  const auto filters = client::list_filters();
  for (const client::FilterInfo& filter : *filters)
    if (filter.name == name) return std::move(*client::KsFile::open(filter.symbolic_link));
  ADD_FAILURE() << name;
  return {};
}

// A KS event on a file, signalled through an event of the application's. Disabled with the object.
class KsEvent {
 public:
  KsEvent(const client::KsFile& file, const GUID& set, ULONG id, std::optional<ULONG> node = {}) {
    auto event = client::Event::create();
    EXPECT_TRUE(event);
    event_ = std::move(*event);
    auto enabled = client::KsEvent::enable(file, set, id, {.node = node, .pin = {}}, *event_);
    EXPECT_TRUE(enabled) << enabled.error().to_string();
    if (enabled) enabled_ = std::move(*enabled);
  }
  KsEvent(const KsEvent&) = delete;
  KsEvent& operator=(const KsEvent&) = delete;
  // Whether it came; it is not set any more then.
  bool came() { return event_->wait(std::chrono::milliseconds(1)); }

 private:
  std::unique_ptr<client::Event> event_;
  std::unique_ptr<client::KsEvent> enabled_;
};

inline KSNODEPROPERTY_AUDIO_CHANNEL channel_request(ULONG id, ULONG node, LONG channel, ULONG flags) {
  KSNODEPROPERTY_AUDIO_CHANNEL request{};
  request.NodeProperty.Property = client::property_request(KSPROPSETID_Audio, id, flags | KSPROPERTY_TYPE_TOPOLOGY);
  request.NodeProperty.NodeId = node;
  request.Channel = channel;
  return request;
}
constexpr LONG kDecibel = 0x10000;

}  // namespace portside::testing_support
