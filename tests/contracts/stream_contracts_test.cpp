// Every mistake of misuse_streams.sys is told, once, with its rule, at its line or by the method that answered wrongly; its
// right twin meets the same client with silence.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "client/ks_event.h"
#include "client/process.h"
#include "client/stream.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "kernel/services.h"
#include "report/symbols.h"
#include "report/text_report.h"
#include "support/driver_image.h"
#include "support/shared_lines.h"
#include "verifier/finding.h"

namespace portside {
namespace {

using namespace std::chrono_literals;

enum class Told { kLine, kMethod, kNowhere };
struct Expectation {
  const char* name;
  const char* rule;
  Told told;
  const char* function;
};
const Expectation kCases[] = {
#define STREAM_CASE(name, rule, told, function) {#name, rule, Told::told, function},
#include "streams/stream_cases.inc"
#undef STREAM_CASE
};
void PrintTo(const Expectation& e, std::ostream* out) { *out << e.name; }

constexpr GUID kPropertySet = {0x6b0f3c1a, 0x54c7, 0x4a0e, {0x9a, 0x3c, 0x6d, 0x2f, 0x0e, 0x8b, 0x7a, 0x11}};
const char* const kFiles[] = {"adapter.cpp", "engine.cpp", "filter.cpp", "stream.cpp", "stream.h", "com_object.h"};

// An application that does all that one can do with a stream, the forbidden things too that a driver has to refuse.
class Application {
 public:
  void render(const client::Endpoint& endpoint) {
    auto opened = open(endpoint, 2);
    if (!opened) return;
    client::Stream& stream = **opened;
    look(stream);
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE}) {
      (void)stream.set_state(state);
      look(stream);
    }
    for (const uint32_t number : {0u, 1u, 40u}) (void)stream.write_packet(number, false, 0);
    (void)stream.set_state(KSSTATE_RUN);
    for (int i = 0; i < 10; ++i) {
      client::sleep_for(3ms);
      look(stream);
    }
    for (int i = 0; i < 6; ++i) {
      (void)stream.wait(20ms);
      look(stream);
      if (auto count = stream.packet_count()) (void)stream.write_packet(*count + 1, false, 0);
    }
    (void)stream.write_packet(0, false, 0);
    if (auto count = stream.packet_count()) (void)stream.write_packet(*count, false, 0);  // the one in transfer
    if (auto count = stream.packet_count()) write_flags(stream, *count + 1, 0x40000000);
    (void)stream.set_state(KSSTATE_PAUSE);
    for (int i = 0; i < 3; ++i) {
      client::sleep_for(7ms);
      look(stream);
    }
    (void)stream.set_state(KSSTATE_RUN);
    client::sleep_for(25ms);
    (void)stream.set_state(KSSTATE_STOP);
    look(stream);
    // Again, to its end: what STOP must have reset is at work.
    (void)stream.set_state(KSSTATE_PAUSE);
    look(stream);
    (void)stream.write_packet(0, false, 0);
    (void)stream.set_state(KSSTATE_RUN);
    client::sleep_for(12ms);
    if (auto count = stream.packet_count()) {
      (void)stream.write_packet(*count + 1, true, static_cast<uint32_t>(stream.packet_bytes()) + 4);
      (void)stream.write_packet(*count + 1, true, 0);
      (void)stream.write_packet(*count + 1, false, 0);
    }
    client::sleep_for(30ms);
    (void)stream.set_state(KSSTATE_STOP);
    look(stream);
  }

  void render_plain(const client::Endpoint& endpoint) {
    auto opened = open(endpoint, 0);
    if (opened) look(**opened);
  }

  void capture(const client::Endpoint& endpoint) {
    auto opened = open(endpoint, 2);
    if (!opened) return;
    client::Stream& stream = **opened;
    for (int round = 0; round < 2; ++round) {
      (void)stream.set_state(KSSTATE_PAUSE);
      read(stream);
      (void)stream.set_state(KSSTATE_RUN);
      for (int i = 0; i < 6; ++i) {
        (void)stream.wait(20ms);
        read(stream);
        read(stream);
        look(stream);
      }
      (void)stream.set_state(KSSTATE_STOP);
    }
  }

  void ask_filter(const client::Endpoint& endpoint) {
    auto filter = client::KsFile::open(endpoint.filter);
    if (!filter) return;
    auto told = client::Event::create();
    if (!told) return;
    const auto enabled = client::KsEvent::enable(*filter, kPropertySet, 1, {}, **told);
    const KSPROPERTY request = client::property_request(kPropertySet, 1);
    const auto bytes = std::as_bytes(std::span(&request, 1));
    (void)filter->property(bytes, {});
    ULONG value = 0;
    (void)filter->property(bytes, std::as_writable_bytes(std::span(&value, 1)));
    std::array<std::byte, 64> room{};
    (void)filter->property(bytes, room);

    struct {
      KSP_PIN pin;
      KSMULTIPLE_ITEM list;
      KSDATARANGE_AUDIO range;
    } ask{};
    ask.pin = client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION, endpoint.pin.id);
    ask.list = {sizeof ask.list + sizeof ask.range, 1};
    ask.range.DataRange.FormatSize = sizeof ask.range;
    ask.range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    ask.range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    ask.range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    ask.range.MaximumChannels = 2;
    ask.range.MinimumBitsPerSample = ask.range.MaximumBitsPerSample = 16;
    ask.range.MinimumSampleFrequency = ask.range.MaximumSampleFrequency = 48000;
    (void)filter->property(std::as_bytes(std::span(&ask, 1)), {});
    std::array<std::byte, sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE)> format{};
    (void)filter->property(std::as_bytes(std::span(&ask, 1)), format);
    // And a rate that there is not.
    ask.range.MinimumSampleFrequency = ask.range.MaximumSampleFrequency = 8000;
    (void)filter->property(std::as_bytes(std::span(&ask, 1)), format);
  }

  void ask(const client::Endpoint& endpoint, ULONG property) {
    auto filter = client::KsFile::open(endpoint.filter);
    if (!filter) return;
    const KSPROPERTY request = client::property_request(kPropertySet, property);
    ULONG value = 0;
    (void)filter->property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&value, 1)));
  }

  int opened = 0;

 private:
  Result<std::unique_ptr<client::Stream>> open(const client::Endpoint& endpoint, unsigned notifications) {
    client::StreamOptions options;
    options.notifications = notifications;
    auto stream = client::Stream::open(endpoint, client::AudioFormat::parse("48000/16/2").value(), options);
    opened += stream.has_value();
    return stream;
  }
  // All that may be asked at any time; positions in close succession.
  void look(client::Stream& stream) {
    for (int i = 0; i < 3; ++i) (void)stream.position();
    (void)stream.packet_count();
    (void)stream.packet_count();
    (void)stream.pin().get<KSAUDIO_PRESENTATION_POSITION>(
        client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION));
  }
  void read(client::Stream& stream) {
    KSRTAUDIO_GETREADPACKET_INFO info{};
    (void)stream.read_packet(info);
  }
  void write_flags(client::Stream& stream, uint32_t number, ULONG flags) {
    (void)stream.pin().set(
        client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET),
        KSRTAUDIO_SETWRITEPACKET_INFO{number, flags, 0});
  }
};

class CaseRun {
 public:
  CaseRun(const std::string& name, bool wrong) { run(name, wrong); }

  void run(const std::string& name, bool wrong) {
    auto machine = host::Machine::create(testing_support::with_shared_lines());
    if (!machine) return (void)(error_ = machine.error());
    machine_ = std::move(*machine);
    const std::u16string key = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\misuse_streams\\Parameters";
    kernel::Registry& registry = machine_->services().registry();
    (void)registry.set_string(key, u"Case", std::u16string(name.begin(), name.end()));
    (void)registry.set_dword(key, u"Wrong", wrong);
    if (auto installed = machine_->install(testing_support::driver_image(MISUSE_SYS)); !installed)
      return (void)(error_ = installed.error());
    if (name == "PowerUnseen") lose_power(registry);
    Application application;
    std::optional<client::Endpoint> render, capture;
    (void)machine_->run([&] {
      auto filters = client::list_filters();
      if (!filters) return;
      const auto endpoints = client::endpoints_of(*filters);
      for (const client::Endpoint& e : endpoints) (e.direction == client::Direction::kRender ? render : capture) = e;
      if (!render || !capture) return;
      application.ask_filter(*render);
      application.render(*render);
      application.render_plain(*render);
      application.capture(*capture);
    });
    if (render && (name == "PendingWithPending" || name == "CompletesTwice" || name == "NeverCompletes")) {
      host::LifeCycle life(*machine_);
      (void)machine_->run({{"asks", [&] { application.ask(*render, 2); }}, {"completes", [&] {
                                                                              client::sleep_for(5ms);
                                                                              if (name == "NeverCompletes" && wrong)
                                                                                (void)life.surprise_remove(
                                                                                    *machine_->device());
                                                                              else application.ask(*render, 3);
                                                                            }}});
    }
    opened_ = application.opened;
    (void)machine_->uninstall();
  }

  host::Machine& machine() { return *machine_; }
  int opened() const { return opened_; }
  std::vector<verifier::Finding> findings() { return machine_->findings(); }
  std::string report() { return error_.to_string() + "\n" + report::to_text(findings(), machine_->symbols(), {}); }

  // The first frame of the finding in the driver's sources.
  std::optional<report::SourceFrame> place(const verifier::Finding& finding) {
    if (finding.stacks.empty()) return std::nullopt;
    for (const uint64_t address : finding.stacks[0].stack.addresses())
      for (report::SourceFrame frame : machine_->symbols().resolve(address)) {
        frame.file = std::filesystem::path(frame.file).filename().string();
        if (std::ranges::find(kFiles, frame.file) != std::end(kFiles)) return frame;
      }
    return std::nullopt;
  }

 private:
  // As an INF's AddReg would: the device is put into D3 when it is idle. It is read when the device starts, and so here again.
  void lose_power(kernel::Registry& registry) {
    io::DeviceNode& device = *machine_->device();
    (void)registry.set_dword(device.driver_registry_path + u"\\PowerSettings", u"IdlePowerState", 3);
    host::LifeCycle life(*machine_);
    EXPECT_TRUE(life.rebalance(device));
    EXPECT_TRUE(life.set_device_power(device, PowerDeviceD3));
    EXPECT_TRUE(life.set_device_power(device, PowerDeviceD0));
  }

  std::unique_ptr<host::Machine> machine_;
  Status error_;
  int opened_ = 0;
};

// The lines of the driver that are marked "<verb> ... <rule>".
std::set<std::pair<std::string, uint32_t>> marked(const std::string& verb, const std::string& rule) {
  std::set<std::pair<std::string, uint32_t>> lines;
  for (const char* file : kFiles) {
    std::ifstream in(std::filesystem::path(MISUSE_SOURCES) / file);
    uint32_t number = 0;
    for (std::string text; std::getline(in, text);) {
      ++number;
      const size_t mark = text.find("// " + verb + " ");
      if (mark != std::string::npos && (text.substr(mark) + " ").find(" " + rule + " ") != std::string::npos)
        lines.insert({file, number});
    }
  }
  return lines;
}

class StreamContract : public testing::TestWithParam<Expectation> {};

TEST_P(StreamContract, TheMistakeIsToldAtItsPlace) {
  const Expectation& e = GetParam();
  CaseRun run(e.name, true);
  const auto findings = run.findings();
  ASSERT_EQ(findings.size(), 1u) << run.report();
  EXPECT_EQ(findings[0].rule().name, e.rule) << run.report();
  EXPECT_FALSE(run.machine().bug_check()) << run.report();
  const auto place = run.place(findings[0]);
  ASSERT_EQ(place.has_value(), e.told != Told::kNowhere) << run.report();
  if (!place) return;
  EXPECT_NE(place->function.find(e.function), std::string::npos) << place->function;
  if (e.told == Told::kLine) {
    EXPECT_TRUE(marked("breaks", e.rule).contains({place->file, place->line}))
        << place->file << ":" << place->line << "\n"
        << run.report();
    return;
  }
  // A method that has returned is shown by its first line, which the compiler may take from what it does first.
  if (std::string_view(e.function) == "Release" || std::string_view(e.rule) == "CapabilityWeakened") return;
  bool near = false;
  for (const auto& [file, line] : marked("answers", e.rule))
    near = near || (file == place->file && place->line + 3 >= line && place->line <= line + 8);
  EXPECT_TRUE(near || std::string_view(e.rule) == "NotificationMissing") << place->file << ":" << place->line << "\n"
                                                                         << run.report();
}

TEST_P(StreamContract, TheRightTwinIsSilent) {
  CaseRun run(GetParam().name, false);
  EXPECT_TRUE(run.findings().empty()) << run.report();
  EXPECT_FALSE(run.machine().bug_check()) << run.report();
  EXPECT_EQ(run.opened(), 3) << run.report();
}

INSTANTIATE_TEST_SUITE_P(Misuse, StreamContract, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace portside
