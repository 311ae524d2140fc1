// Power and removal at every state that a stream can be in: no crash, no hang, no leak, and a clear status for the client.
// One machine a seed and state: in an order of the seed's, the device is put to sleep, the system sleeps, a rebalance and a
// removal are tried, all while a client goes on asking; the last is that the device is pulled out.

#include <set>

#include "client/filter.h"
#include "client/process.h"
#include "client/stream.h"
#include "host/life_cycle.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "memory/memory.h"
#include "support/loopback.h"

namespace portside {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

enum class Stage { kFilter, kPin, kBuffer, kEvent, kAcquire, kPause, kRun };
constexpr Stage kStages[] = {Stage::kFilter,  Stage::kPin,   Stage::kBuffer, Stage::kEvent,
                             Stage::kAcquire, Stage::kPause, Stage::kRun};
constexpr uint64_t kSeeds = 50;

// An application that holds files up to a stage, asks, writes into its view, and opens anew when they have become invalid.
class Client {
 public:
  Client(bool capture, Stage stage) : capture_(capture), stage_(stage) {}

  // The status that stopped it on the way to the stage; STATUS_SUCCESS when it got there.
  NTSTATUS open() {
    auto filters = client::list_filters();
    if (!filters) return filters.error().nt();
    auto endpoint = client::find_endpoint(client::endpoints_of(*filters),
                                          capture_ ? client::Direction::kCapture : client::Direction::kRender, "");
    if (!endpoint) return STATUS_OBJECT_NAME_NOT_FOUND;
    auto filter = client::KsFile::open(endpoint->filter);
    if (!filter) return filter.error().nt();
    filter_ = std::move(*filter);
    if (stage_ == Stage::kFilter) return STATUS_SUCCESS;
    auto pin = filter_.open_pin(client::connect_request(*endpoint, client::AudioFormat::parse("48000/16/2").value()));
    if (!pin) return pin.error().nt();
    pin_ = std::move(*pin);
    if (stage_ == Stage::kPin) return STATUS_SUCCESS;
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request{};
    request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION);
    request.RequestedBufferSize = 3840;
    request.NotificationCount = 2;
    auto buffer = pin_.get<KSRTAUDIO_BUFFER>(request);
    if (!buffer) return buffer.error().nt();
    view_ = {static_cast<std::byte*>(buffer->BufferAddress), buffer->ActualBufferSize};
    if (stage_ == Stage::kBuffer) return STATUS_SUCCESS;
    event_ = std::move(*client::Event::create());
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY notify{};
    notify.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT);
    notify.NotificationEvent = event_->handle();
    if (auto done = pin_.property(std::as_bytes(std::span(&notify, 1)), {}); !done || !done->ok())
      return done ? done->status : done.error().nt();
    for (const auto& [stage, state] :
         {std::pair(Stage::kAcquire, KSSTATE_ACQUIRE), {Stage::kPause, KSSTATE_PAUSE}, {Stage::kRun, KSSTATE_RUN}}) {
      if (stage_ < stage) break;
      if (auto set = set_state(state); !set) return set.error().nt();
    }
    return STATUS_SUCCESS;
  }

  NTSTATUS ask() {
    if (!view_.empty()) std::memset(view_.data(), 0x5A, view_.size());
    Result<> answer;
    if (stage_ == Stage::kFilter) {
      if (auto types = filter_.get<ULONG>(client::property_request(KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES)); !types)
        answer = fail(types.error());
    } else {
      auto position =
          pin_.get<KSAUDIO_POSITION>(client::property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION));
      if (!position) answer = fail(position.error());
    }
    if (event_) (void)event_->wait(milliseconds(1));
    return answer ? STATUS_SUCCESS : answer.error().nt();
  }
  void close() {
    view_ = {};
    pin_.close();
    filter_.close();
    event_.reset();
  }

 private:
  Result<> set_state(KSSTATE state) {
    return pin_.set(client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET),
                    state);
  }
  bool capture_;
  Stage stage_;
  client::KsFile filter_, pin_;
  std::span<std::byte> view_;
  std::unique_ptr<client::Event> event_;
};

class Life : public ::testing::TestWithParam<std::tuple<const char*, Stage>> {};

TEST_P(Life, GoesOnOrEndsWithAClearStatus) {
  const auto [driver, stage] = GetParam();
  uint64_t asked_in_all = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    host::MachineOptions options;
    options.seed = seed;
    auto machine = testing_support::install(driver, options);
    ASSERT_TRUE(machine);
    io::DeviceNode& device = *machine->device();
    host::LifeCycle life(*machine);
    std::set<NTSTATUS> statuses;
    bool over = false;
    uint64_t asked = 0;
    const auto application = [&] {
      Client client(seed % 2 == 0, stage);
      while (!over) {
        NTSTATUS status = client.open();
        while (status >= 0 && !over) {
          status = client.ask();
          ++asked;
          client::sleep_for(microseconds(300));
        }
        if (status < 0) statuses.insert(status);
        client.close();
        if (!over) client::sleep_for(milliseconds(1));
      }
    };
    const auto nature = [&] {
      Random random(seed * 977 + 13);
      const auto pause = [&] { client::sleep_for(microseconds(200 + random.below(9000))); };
      std::vector<int> order{0, 1, 2, 3, 4, 5};
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      for (const int what : order) {
        pause();
        switch (what) {
          case 0: EXPECT_TRUE(life.set_device_power(device, PowerDeviceD3)); break;
          case 1: EXPECT_TRUE(life.set_device_power(device, PowerDeviceD1)); break;
          case 2: {
            EXPECT_TRUE(life.system_sleep(PowerSystemSleeping3));
            const uint64_t before = asked;
            client::sleep_for(milliseconds(200));
            EXPECT_LE(asked, before + 1) << "applications stand still";
            EXPECT_TRUE(life.system_wake());
            break;
          }
          case 3: (void)life.rebalance(device); break;
          case 4:
            if (auto removed = life.query_remove(device); removed) EXPECT_TRUE(life.cancel_remove(device));
            else EXPECT_EQ(removed.error().code(), StatusCode::kDeviceBusy) << "somebody has it open";
            break;
          default: EXPECT_TRUE(life.set_device_power(device, PowerDeviceD0));
        }
      }
      pause();
      EXPECT_TRUE(life.surprise_remove(device));
      pause();
      over = true;
    };
    const auto ran = machine->run({{"application", application}, {"nature", nature}});
    ASSERT_TRUE(ran) << ran.error().to_string() << testing_support::report_of(*machine);
    asked_in_all += asked;
    for (const NTSTATUS status : statuses)
      EXPECT_TRUE(status == STATUS_DEVICE_REMOVED || status == STATUS_NO_SUCH_DEVICE ||
                  status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_DEVICE_NOT_READY)
          << Status::from_nt(status).to_string();
    EXPECT_EQ(device.state, io::PnpState::kRemoved);
    const auto gone = machine->uninstall();
    EXPECT_TRUE(gone) << gone.error().to_string();
    EXPECT_EQ(machine->memory().stats().live_mdls, 0u);
    EXPECT_EQ(machine->memory().stats().client_mappings, 0u);
    EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
    if (HasFailure()) return;
  }
  EXPECT_GT(asked_in_all, kSeeds * 20) << "applications were there while it happened";
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<const char*, Stage>>& info) {
  constexpr const char* kNames[] = {"Filter", "Pin", "Buffer", "Event", "Acquire", "Pause", "Run"};
  return kNames[static_cast<int>(std::get<1>(info.param))];
}
INSTANTIATE_TEST_SUITE_P(Cable, Life, ::testing::Combine(::testing::Values(CABLE_SYS), ::testing::ValuesIn(kStages)),
                         name_of);

TEST(LifeOfTwo, OneDeviceIsPulledOutAndTheOtherPlaysOn) {
  auto machine = host::Machine::create({});
  ASSERT_TRUE(machine);
  auto installed = (*machine)->install(host::InstallRequest{.driver = CABLE_SYS, .instances = 2});
  ASSERT_TRUE(installed) << installed.error().to_string();
  auto& devices = (*installed)->devices;
  host::LifeCycle life(**machine);
  const client::AudioFormat format = client::AudioFormat::parse("48000/16/2").value();
  Result<client::DuplexOutcome> outcome = fail(StatusCode::kUnsuccessful, "not run");
  const auto ran = (*machine)->run({{"client",
                                     [&] {
                                       client::DuplexRequest request;
                                       request.sound = testing_support::noise(format, 24000);
                                       request.record = true;
                                       outcome = client::run_duplex(request);
                                     }},
                                    {"nature", [&] {
                                       client::sleep_for(milliseconds(100));
                                       EXPECT_TRUE(life.surprise_remove(*devices.back().node));
                                     }}});
  ASSERT_TRUE(ran) << ran.error().to_string();
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  ASSERT_TRUE(outcome->comparison);
  EXPECT_TRUE(outcome->comparison->all_identical());
  EXPECT_TRUE((*machine)->uninstall());
  EXPECT_TRUE((*machine)->findings().empty()) << testing_support::report_of(**machine);
}

TEST(LifeOfAStream, TheSystemSleepsWhileItPlaysAndNoSampleIsLost) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    host::MachineOptions options;
    options.seed = seed;
    auto machine = testing_support::install(CABLE_SYS, options);
    ASSERT_TRUE(machine);
    host::LifeCycle life(*machine);
    const client::AudioFormat format = client::AudioFormat::parse("48000/16/2").value();
    Result<client::DuplexOutcome> outcome = fail(StatusCode::kUnsuccessful, "not run");
    const auto ran = machine->run({{"client",
                                    [&] {
                                      client::DuplexRequest request;
                                      request.sound = testing_support::noise(format, 24000);
                                      request.stream.buffer = milliseconds(100);
                                      outcome = client::run_duplex(request);
                                    }},
                                   {"nature", [&] {
                                      client::sleep_for(milliseconds(100) + microseconds(seed * 777));
                                      EXPECT_TRUE(life.system_sleep());
                                      client::sleep_for(std::chrono::seconds(30));
                                      EXPECT_TRUE(life.system_wake());
                                    }}});
    ASSERT_TRUE(ran) << ran.error().to_string();
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_TRUE(outcome->play_log->stalled.empty()) << outcome->play_log->stalled;
    EXPECT_EQ(outcome->play_log->frames, 24000u);
    EXPECT_GT(outcome->play_log->stopped - outcome->play_log->started, std::chrono::seconds(30));
    EXPECT_TRUE(machine->uninstall());
    EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
  }
}

}  // namespace
}  // namespace portside
