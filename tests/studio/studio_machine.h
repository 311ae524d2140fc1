#pragma once
// A machine with the studio on it, and short names for what these tests ask of it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/machine_context.h"
#include "client/processing_mode.h"
#include "client/stream.h"
#include "client/trial.h"
#include "io/io.h"
#include "studio/control.h"
#include "support/ks_requests.h"
#include "support/loopback.h"

namespace portside::studio {

using client::AudioFormat;
using client::Endpoint;
using client::KsFile;
using client::Stream;
using client::StreamOptions;
using testing_support::channel_request;
using testing_support::kDecibel;
using testing_support::KsEvent;

inline AudioFormat format(const char* text) { return AudioFormat::parse(text).value(); }

// The studio's pins, as its descriptors number them.
enum Pin : uint32_t { kHostPin = 0, kOffloadPin = 1, kLoopbackPin = 2, kInputPin = 1, kKeywordPin = 2 };

class StudioMachine {
 public:
  explicit StudioMachine(const std::string& driver = STUDIO_SYS, host::MachineOptions options = {})
      : machine_(testing_support::install(driver, options)) {}

  explicit operator bool() const { return machine_ != nullptr; }
  host::Machine& operator*() { return *machine_; }
  host::Machine* operator->() { return machine_.get(); }

  // An application's thread. EXPECTs go in the body; ASSERTs end the body alone.
  void run(std::function<void()> body) {
    const auto ran = machine_->run(std::move(body));
    EXPECT_TRUE(ran) << ran.error().to_string();
  }
  // Everything given back, and not a rule broken.
  void expect_clean_end() {
    const auto removed = machine_->uninstall();
    EXPECT_TRUE(removed) << removed.error().to_string();
    EXPECT_TRUE(machine_->findings().empty()) << testing_support::report_of(*machine_);
  }

 private:
  std::unique_ptr<host::Machine> machine_;
};

// What follows is called on a simulated thread.

inline std::u16string link_of(std::string_view filter) {
  const auto filters = client::list_filters();
  if (filters)
    for (const auto& f : *filters)
      if (f.name == filter) return f.symbolic_link;
  ADD_FAILURE() << "no filter " << filter;
  return {};
}
inline KsFile open_filter(std::string_view filter) {
  auto file = KsFile::open(link_of(filter));
  EXPECT_TRUE(file) << file.error().to_string();
  return file ? std::move(*file) : KsFile();
}

inline Endpoint endpoint(std::string_view filter, uint32_t pin) {
  const auto filters = client::list_filters();
  if (filters)
    for (const Endpoint& e : client::endpoints_of(*filters))
      if (e.filter_name == filter && e.pin.id == pin) return e;
  ADD_FAILURE() << "no endpoint " << filter << " pin " << pin;
  return {};
}

inline StreamOptions options(std::optional<GUID> processing, client::StreamMode mode = client::StreamMode::kEvent,
                             Nanoseconds buffer = std::chrono::milliseconds(10)) {
  return {.buffer = buffer,
          .notifications = mode == client::StreamMode::kPosition ? 0u : 2u,
          .mode = mode,
          .processing = processing};
}

inline std::unique_ptr<Stream> open(const Endpoint& where, const AudioFormat& what, const StreamOptions& how) {
  auto stream = Stream::open(where, what, how);
  EXPECT_TRUE(stream) << where.name << ": " << stream.error().to_string();
  return stream ? std::move(*stream) : nullptr;
}

// The driver's status of a request, whatever it is.
template <class Request, class Value>
NTSTATUS status_of(const KsFile& file, const Request& request, Value& value) {
  const auto outcome =
      file.property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&value, 1)));
  return outcome ? outcome->status : outcome.error().nt();
}

// The control device. METHOD_BUFFERED; the status is the driver's.
class Control {
 public:
  Control() {
    auto file = current<io::Io>().requests().open(u"\\\\.\\PortsideStudio");
    EXPECT_TRUE(file) << file.error().to_string();
    if (file) file_ = *file;
  }
  ~Control() { (void)current<io::Io>().requests().close(file_); }

  io::IoOutcome send(uint32_t code, std::span<const std::byte> in, std::span<std::byte> out) {
    auto outcome = current<io::Io>().requests().device_control(file_, code, in, out);
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    return outcome.value_or(io::IoOutcome{STATUS_UNSUCCESSFUL, 0});
  }
  NTSTATUS plug(bool input, bool plugged) {
    const STUDIO_JACK jack{input, plugged};
    return send(IOCTL_STUDIO_SET_JACK, std::as_bytes(std::span(&jack, 1)), {}).status;
  }
  NTSTATUS turn(bool input, LONG volume) {
    const STUDIO_KNOB knob{input, volume};
    return send(IOCTL_STUDIO_TURN_KNOB, std::as_bytes(std::span(&knob, 1)), {}).status;
  }
  NTSTATUS speak() { return send(IOCTL_STUDIO_SPEAK_KEYWORD, {}, {}).status; }
  uint32_t number(uint32_t code) {
    uint32_t value = 0;
    const io::IoOutcome outcome = send(code, {}, std::as_writable_bytes(std::span(&value, 1)));
    EXPECT_EQ(outcome.status, STATUS_SUCCESS);
    EXPECT_EQ(outcome.information, sizeof value);
    return value;
  }

 private:
  io::FileHandle file_;
};

}  // namespace portside::studio
