#pragma once
// What the tests of topology filters ask of them: events, and values of a node's channels.

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "base/machine_context.h"
#include "client/filter.h"
#include "client/process.h"
#include "client/topology.h"
#include "io/io.h"

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
  KsEvent(const client::KsFile& file, const GUID& set, ULONG id, std::optional<ULONG> node = {}) : file_(file) {
    auto event = client::Event::create();
    EXPECT_TRUE(event);
    event_ = std::move(*event);
    data_.NotificationType = KSEVENTF_EVENT_HANDLE;
    data_.EventHandle.Event = event_->handle();
    KSE_NODE request{};
    request.Event.Set = set;
    request.Event.Id = id;
    request.Event.Flags = KSEVENT_TYPE_ENABLE | (node ? KSEVENT_TYPE_TOPOLOGY : 0);
    request.NodeId = node.value_or(0);
    const auto in = std::as_bytes(std::span(&request, 1)).first(node ? sizeof(KSE_NODE) : sizeof(KSEVENT));
    auto enabled = current<io::Io>().requests().device_control(file.handle(), IOCTL_KS_ENABLE_EVENT, in,
                                                               std::as_writable_bytes(std::span(&data_, 1)));
    EXPECT_TRUE(enabled && enabled->ok())
        << (enabled ? Status::from_nt(enabled->status).to_string() : enabled.error().to_string());
  }
  ~KsEvent() {
    (void)current<io::Io>().requests().device_control(file_.handle(), IOCTL_KS_DISABLE_EVENT,
                                                      std::as_bytes(std::span(&data_, 1)), {});
  }
  KsEvent(const KsEvent&) = delete;
  KsEvent& operator=(const KsEvent&) = delete;
  // Whether it came; it is not set any more then.
  bool came() { return event_->wait(std::chrono::milliseconds(1)); }

 private:
  const client::KsFile& file_;
  KSEVENTDATA data_{};
  std::unique_ptr<client::Event> event_;
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
