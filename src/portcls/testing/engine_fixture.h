#pragma once
// For tests: the machine with the subdevice "Engine" of fake_engine.h, and a client's requests to its nodes and pins.

#include "portcls/testing/fake_engine.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {

class EngineMachine : public PortClsMachine {
 protected:
  EngineMachine() { FakeEngine::reset(); }

  // Starts the device, opens the filter and one of its pins.
  void with_pin(ULONG pin, const std::function<void()>& body) {
    run([&] {
      FakeDriver::on_start = install_engine;
      ASSERT_TRUE(start().is_ok());
      filter_ = open_filter(u"Engine");
      PinName name = pin_name(pin);
      auto opened = open_pin(filter_, name);
      ASSERT_TRUE(opened) << opened.error().to_string();
      pin_ = *opened;
      FakeEngine::calls.clear();
      body();
      if (pin_) close(pin_);
      close(filter_);
    });
  }

  static KSNODEPROPERTY_AUDIO_CHANNEL channel_request(const GUID& set, ULONG id, ULONG verb, LONG channel,
                                                      ULONG node = kEngineNode) {
    KSNODEPROPERTY_AUDIO_CHANNEL request{};
    request.NodeProperty.Property = property(set, id, verb | KSPROPERTY_TYPE_TOPOLOGY);
    request.NodeProperty.NodeId = node;
    request.Channel = channel;
    return request;
  }
  static KSP_NODE node_request(const GUID& set, ULONG id, ULONG verb, ULONG node = kEngineNode) {
    KSP_NODE request{};
    request.Property = property(set, id, verb | KSPROPERTY_TYPE_TOPOLOGY);
    request.NodeId = node;
    return request;
  }
  template <class Request, class T>
  NTSTATUS ask(io::FileHandle file, const Request& request, T& value) {
    return control(file, IOCTL_KS_PROPERTY, bytes_of(request), std::as_writable_bytes(std::span(&value, 1)));
  }
  template <class T>
  NTSTATUS get_node(io::FileHandle file, const GUID& set, ULONG id, T& value, ULONG node = kEngineNode) {
    return ask(file, node_request(set, id, KSPROPERTY_TYPE_GET, node), value);
  }
  template <class T>
  NTSTATUS set_node(io::FileHandle file, const GUID& set, ULONG id, T value, ULONG node = kEngineNode) {
    return ask(file, node_request(set, id, KSPROPERTY_TYPE_SET, node), value);
  }
  template <class T>
  NTSTATUS set_pin_property(const GUID& set, ULONG id, T value) {
    return ask(pin_, property(set, id, KSPROPERTY_TYPE_SET), value);
  }
  std::string last_call() const { return FakeEngine::calls.empty() ? "" : FakeEngine::calls.back(); }

  io::FileHandle filter_, pin_;
};

}  // namespace portside::portcls::testing
