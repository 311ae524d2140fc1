// Adapters in their life: power management of every version, the inactivity timer, rebalance and removal with streams open.

#include <gtest/gtest.h>

#include "io/idle_detection.h"
#include "kernel/machine_clock.h"
#include "portcls/adapter.h"
#include "portcls/testing/fake_life.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifeTest : public PortClsMachine {
 protected:
  LifeTest() {
    FakePower3::reset();
    FakePnp::reset();
  }

  // The device with its power management registered, and `with_pnp` its PnP management.
  void start_adapter(FakePower3::Version version, bool with_pnp = false) {
    FakePower3::version = version;
    FakeDriver::on_start = [with_pnp](PDEVICE_OBJECT fdo, PRESOURCELIST) {
      auto* power = new FakePower3;
      EXPECT_EQ(PcRegisterAdapterPowerManagement(static_cast<IAdapterPowerManagement3*>(power), fdo), STATUS_SUCCESS);
      power->Release();
      if (!with_pnp) return;
      auto* pnp = new FakePnp;
      EXPECT_EQ(PcRegisterAdapterPnpManagement(pnp, fdo), STATUS_SUCCESS);
      pnp->Release();
    };
    ASSERT_TRUE(start().is_ok());
  }
  void set_idle(const char16_t* name, uint32_t value) {
    ASSERT_TRUE(services_->registry().set_dword(node_->driver_registry_path + u"\\PowerSettings", name, value));
  }
  // A filter with a pin on it, which has a buffer and is in `state`.
  struct Open {
    io::FileHandle filter, pin;
    KSRTAUDIO_BUFFER buffer{};
  };
  Open open_stream(KSSTATE state = KSSTATE_RUN) {
    Open open;
    open.filter = open_filter();
    auto pin = open_pin(open.filter);
    EXPECT_TRUE(pin) << (pin ? "" : pin.error().to_string());
    open.pin = pin.value_or(io::FileHandle{});
    EXPECT_EQ(get_buffer(open.pin, 4096, open.buffer), STATUS_SUCCESS);
    EXPECT_EQ(set_state(open.pin, state), STATUS_SUCCESS);
    return open;
  }
  void close_stream(const Open& open) {
    close(open.pin);
    close(open.filter);
  }
  KSSTATE stream_state() { return FakeDriver::log.states.empty() ? KSSTATE_STOP : FakeDriver::log.states.back(); }
};

TEST_F(LifeTest, EachVersionOfPowerManagementIsToldInItsOwnWay) {
  using V = FakePower3::Version;
  const std::vector<std::pair<V, std::vector<std::string>>> expected = {
      {V::kOne, {"query D3", "D3", "D0"}},
      {V::kTwo, {"query D3", "2: D3 S4", "2: D0 S1"}},
      {V::kThree, {"query D3", "3: D3 S4 instant", "3: D0 S1 fast"}}};
  for (const auto& [version, calls] : expected) {
    run([&] {
      FakeDriver::reset();
      FakePower3::reset();
      start_adapter(version);
      EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemSleeping3, PowerActionSleep));
      EXPECT_EQ(node_->device_power, PowerDeviceD3) << "the bus saw a device IRP";
      EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemWorking, PowerActionNone));
      EXPECT_EQ(node_->device_power, PowerDeviceD0);
      EXPECT_EQ(FakePower3::calls, calls);
      EXPECT_TRUE(io_->pnp().remove(*node_));
      EXPECT_TRUE(io_->drivers().unload(driver_));
      EXPECT_TRUE(recorder_.misuses.empty()) << recorder_.sentences.front();
      EXPECT_EQ(FakePower3::live, 0);
    });
  }
}

TEST_F(LifeTest, TheCapabilitiesSayWhichStateASleepIs) {
  run([&] {
    FakePower3::deepest = PowerDeviceD3;
    start_adapter(FakePower3::Version::kOne);
    // The bus reports D3 for every sleep: D2 would be weaker, and is refused.
    FakePower3::deepest = PowerDeviceD2;
    IO_STACK_LOCATION query{};
    query.MinorFunction = IRP_MN_QUERY_CAPABILITIES;
    query.Parameters.DeviceCapabilities.Capabilities = &node_->capabilities;
    EXPECT_EQ(io_->pnp().send(*node_, query, STATUS_NOT_SUPPORTED, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kCapabilityWeakened});
    EXPECT_EQ(node_->capabilities.DeviceState[PowerSystemSleeping3], PowerDeviceD3);
  });
}

TEST_F(LifeTest, ARefusedQueryKeepsTheSystemAwake) {
  run([&] {
    start_adapter(FakePower3::Version::kOne);
    FakePower3::query_answer = STATUS_DEVICE_BUSY;
    const Open open = open_stream();
    EXPECT_EQ(io_->power().sleep(PowerSystemSleeping3).error().code(), StatusCode::kDeviceBusy);
    EXPECT_EQ(FakePower3::calls, std::vector<std::string>{"query D3"});
    EXPECT_EQ(stream_state(), KSSTATE_RUN) << "nothing happened to the stream";
    EXPECT_EQ(io_->power().set_device_state(*node_, PowerDeviceD2).error().code(), StatusCode::kDeviceBusy);
    close_stream(open);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, ADeviceThatSleepsIsWokenByARequest) {
  run([&] {
    start_adapter(FakePower3::Version::kOne);
    const Open open = open_stream();
    for (const DEVICE_POWER_STATE state : {PowerDeviceD1, PowerDeviceD2, PowerDeviceD3}) {
      ASSERT_TRUE(io_->power().set_device_state(*node_, state));
      EXPECT_EQ(stream_state(), KSSTATE_PAUSE);
      EXPECT_EQ(node_->device_power, state);
      KSAUDIO_POSITION position{};
      EXPECT_EQ(get(open.pin, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, position), STATUS_SUCCESS);
      EXPECT_EQ(node_->device_power, PowerDeviceD0) << "the request woke it, by an IRP";
      EXPECT_EQ(stream_state(), KSSTATE_RUN);
    }
    ASSERT_TRUE(io_->power().set_device_state(*node_, PowerDeviceD3));
    const io::FileHandle another = open_filter(u"Topology");
    EXPECT_EQ(node_->device_power, PowerDeviceD0) << "an open wakes it";
    close(another);
    close_stream(open);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, NobodyIsServedWhileTheSystemSleeps) {
  run([&] {
    start_adapter(FakePower3::Version::kThree);
    const Open open = open_stream();
    ASSERT_TRUE(io_->power().set_system_state(*node_, PowerSystemSleeping3, PowerActionSleep));
    KSAUDIO_POSITION position{};
    EXPECT_EQ(get(open.pin, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, position), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(open_pin(open.filter).error().nt(), STATUS_DEVICE_NOT_READY) << "NewStream is called in D0 alone";
    ASSERT_TRUE(io_->power().set_system_state(*node_, PowerSystemWorking, PowerActionNone));
    EXPECT_EQ(get(open.pin, KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, position), STATUS_SUCCESS);
    EXPECT_EQ(stream_state(), KSSTATE_RUN);
    close_stream(open);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, TheLatencyIsToldWhileTheDeviceSleeps) {
  run([&] {
    start_adapter(FakePower3::Version::kThree);
    ASSERT_TRUE(io_->power().set_device_state(*node_, PowerDeviceD3));
    FakePower3::calls.clear();
    ASSERT_TRUE(io_->power().set_system_state(*node_, PowerSystemSleeping3, PowerActionSleep));
    ASSERT_TRUE(io_->power().set_system_state(*node_, PowerSystemWorking, PowerActionNone));
    EXPECT_EQ(FakePower3::calls,
              (std::vector<std::string>{"query D3", "latency responsive", "latency fast", "3: D0 S1 fast"}));
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, AnIdleDeviceSleepsAndARunningStreamKeepsItAwake) {
  run([&] {
    auto driver = io_->drivers().create({.name = "Fake", .entry = &FakeDriver::entry});
    ASSERT_TRUE(driver);
    node_ = *io_->pnp().add_root_device({});
    set_idle(u"PerformanceIdleTime", 5);
    set_idle(u"ConservationIdleTime", 2);
    set_idle(u"IdlePowerState", 2);
    ASSERT_TRUE(io_->pnp().start(*node_, *driver));
    kernel_->sleep_for(milliseconds(5500));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);
    const Open open = open_stream();
    EXPECT_EQ(node_->device_power, PowerDeviceD0) << "before the request reached the miniport";
    kernel_->sleep_for(seconds(60));
    EXPECT_EQ(node_->device_power, PowerDeviceD0) << "it plays";
    EXPECT_EQ(set_state(open.pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    kernel_->sleep_for(milliseconds(4500));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
    kernel_->sleep_for(milliseconds(1600));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);

    // SetIdlePowerManagement overrides the registry.
    PPORTCLSPOWER power = nullptr;
    ASSERT_EQ(FakeDriver::wave_port->QueryInterface(IID_IPortClsPower, reinterpret_cast<PVOID*>(&power)),
              STATUS_SUCCESS);
    EXPECT_EQ(power->SetIdlePowerManagement(FakeDriver::device, FALSE), STATUS_SUCCESS);
    KSSTATE state{};
    EXPECT_EQ(get(open.pin, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, state), STATUS_SUCCESS);
    kernel_->sleep_for(seconds(60));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
    EXPECT_EQ(power->SetIdlePowerManagement(FakeDriver::device, TRUE), STATUS_SUCCESS);
    io_->power().idle().set_policy(io::PowerPolicy::kConservation);
    kernel_->sleep_for(milliseconds(3200));
    EXPECT_EQ(node_->device_power, PowerDeviceD2);
    power->Release();
    close_stream(open);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, WithoutTheRegistryNobodyIsIdle) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    kernel_->sleep_for(seconds(3600));
    EXPECT_EQ(node_->device_power, PowerDeviceD0);
  });
}

TEST_F(LifeTest, ARebalanceWithStreamsNeedsTheDriversConsent) {
  run([&] {
    start_adapter(FakePower3::Version::kOne);
    const Open open = open_stream();
    EXPECT_EQ(io_->pnp().stop(*node_).error().code(), StatusCode::kDeviceBusy);
    EXPECT_EQ(stream_state(), KSSTATE_RUN);
    close_stream(open);
    EXPECT_TRUE(io_->pnp().stop(*node_)) << "nothing is open";
    EXPECT_TRUE(io_->pnp().start_again(*node_));
    EXPECT_TRUE(portcls_.misuses.empty()) << "the second registration replaces the first";
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_EQ(FakePower3::live, 0);
  });
}

TEST_F(LifeTest, ARebalanceStopsStreamsAndTheirFilesAreOnlyClosed) {
  run([&] {
    start_adapter(FakePower3::Version::kOne, /*with_pnp=*/true);
    const Open open = open_stream();
    ASSERT_TRUE(io_->pnp().query_stop(*node_));
    ASSERT_TRUE(io_->pnp().cancel_stop(*node_));
    EXPECT_EQ(FakePnp::calls, (std::vector<std::string>{"type", "query", "cancel"}));
    EXPECT_EQ(stream_state(), KSSTATE_RUN);
    FakePnp::calls.clear();

    ASSERT_TRUE(io_->pnp().stop(*node_));
    EXPECT_EQ(FakePnp::calls, (std::vector<std::string>{"type", "query", "stop"}));
    EXPECT_EQ(stream_state(), KSSTATE_STOP);
    EXPECT_TRUE(link_of(KSCATEGORY_AUDIO, u"Wave").empty());
    std::memset(open.buffer.BufferAddress, 1, 4096);  // the client's view stays
    KSSTATE state{};
    EXPECT_EQ(get(open.pin, KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, state), STATUS_DEVICE_REMOVED);
    EXPECT_EQ(open_pin(open.filter).error().nt(), STATUS_NO_SUCH_DEVICE) << "no create reaches a stopped device";

    ASSERT_TRUE(io_->pnp().start_again(*node_));
    EXPECT_EQ(set_state(open.pin, KSSTATE_RUN), STATUS_DEVICE_REMOVED) << "they are not restarted";
    EXPECT_EQ(open_pin(open.filter).error().nt(), STATUS_DEVICE_REMOVED);
    const Open fresh = open_stream();
    EXPECT_EQ(stream_state(), KSSTATE_RUN);
    close_stream(open);
    EXPECT_EQ(FakeDriver::live_miniports, 2) << "the old miniports went with the last file";
    EXPECT_EQ(stream_state(), KSSTATE_RUN);
    close_stream(fresh);
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_EQ(FakeDriver::live_miniports, 0);
    EXPECT_EQ(FakePnp::live, 0);
    EXPECT_TRUE(port_cls_->ports().empty());
    EXPECT_TRUE(portcls_.misuses.empty());
  });
}

TEST_F(LifeTest, AnOpenDuringAPendingStopIsHeld) {
  run([&] {
    start_adapter(FakePower3::Version::kOne, /*with_pnp=*/true);
    ASSERT_TRUE(io_->pnp().query_stop(*node_));
    std::optional<Nanoseconds> opened;
    auto* application = kernel_->start_thread("application", [&] {
      const io::FileHandle filter = open_filter();
      opened = kernel_->clock().now();
      close(filter);
    });
    kernel_->sleep_for(milliseconds(50));
    EXPECT_FALSE(opened);
    ASSERT_TRUE(io_->pnp().cancel_stop(*node_));
    (void)kernel_->wait(application->header());
    kernel_->release_thread(application);
    EXPECT_TRUE(opened);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(LifeTest, ADriverThatSupportsNoRebalanceIsNotStopped) {
  run([&] {
    FakePnp::type = PcRebalanceNotSupported;
    start_adapter(FakePower3::Version::kOne, /*with_pnp=*/true);
    EXPECT_FALSE(io_->pnp().stop(*node_));
    EXPECT_EQ(FakePnp::calls, (std::vector<std::string>{"type", "cancel"}));
    EXPECT_EQ(PcUnregisterAdapterPnpManagement(FakeDriver::device), STATUS_SUCCESS);
    EXPECT_LT(PcUnregisterAdapterPnpManagement(FakeDriver::device), 0);
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kPnpManagementNotRegistered});
    EXPECT_TRUE(io_->pnp().stop(*node_));
  });
}

TEST_F(LifeTest, ASurpriseRemovalAnswersWhatPends) {
  run([&] {
    static PPCPROPERTY_REQUEST pended;
    FakeDriver::on_property = [](PPCPROPERTY_REQUEST request) {
      pended = request;
      return STATUS_PENDING;
    };
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter(u"Topology");
    KSNODEPROPERTY_AUDIO_CHANNEL request{};
    request.NodeProperty.Property =
        property(KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    LONG value = 0;
    auto asked = io_->requests().start_device_control(filter, IOCTL_KS_PROPERTY, bytes_of(request),
                                                      std::as_writable_bytes(std::span(&value, 1)));
    ASSERT_TRUE(asked);
    ASSERT_TRUE(io_->pnp().surprise_remove(*node_));
    auto outcome = io_->requests().wait(*asked, Hns(0));
    ASSERT_TRUE(outcome) << "it does not pend any more";
    EXPECT_EQ(outcome->status, STATUS_DEVICE_REMOVED);
    EXPECT_EQ(PcCompletePendingPropertyRequest(pended, STATUS_SUCCESS), STATUS_SUCCESS)
        << "the driver's is without effect";
    close(filter);
    EXPECT_EQ(node_->state, io::PnpState::kRemoved);
    EXPECT_TRUE(portcls_.misuses.empty());
    EXPECT_TRUE(recorder_.misuses.empty());
  });
}

}  // namespace
}  // namespace portside::portcls::testing
