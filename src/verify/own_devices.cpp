#include "verify/own_devices.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "base/machine_context.h"
#include "client/filter.h"
#include "io/io.h"

namespace portside::verify {
namespace {

constexpr const char* kPage = "kernel/security-issues-for-i-o-control-codes";
// Of the function codes that are a driver's own to give.
constexpr uint32_t kFirstFunction = 0x800, kFunctions = 12;
// Of a structure of 4, 8 or 16 bytes: all of it, and all but a byte.
constexpr std::array<size_t, 9> kSizes = {0, 1, 3, 4, 7, 8, 15, 16, 4096};
constexpr Hns kPatience{1'000'000}, kCancelled{10'000'000};  // 100 ms, 1 s
constexpr std::byte kPattern{0x5A};

struct Buffers {
  std::vector<std::byte> in, out;
};

class Caller {
 public:
  Caller(io::Requests& requests, io::FileHandle file) : requests_(requests), file_(file) {}

  // False: the driver has it still, a second after it was cancelled.
  bool ask(uint32_t code, size_t in, size_t out) {
    ++asked_;
    auto buffers = std::make_unique<Buffers>(Buffers{std::vector(in, kPattern), std::vector(out, kPattern)});
    const auto started = requests_.start_device_control(file_, code, buffers->in, buffers->out);
    if (!started) return true;
    auto outcome = requests_.wait(*started, kPatience);
    if (!outcome && outcome.error().code() == StatusCode::kTimeout) {
      (void)requests_.cancel(*started);
      outcome = requests_.wait(*started, kCancelled);
    }
    answered_ += outcome && outcome->ok();
    if (outcome || outcome.error().code() != StatusCode::kTimeout) return true;
    // Whoever still has the request may write to them until the machine ends.
    (void)buffers.release();
    return false;
  }
  size_t asked() const { return asked_; }
  size_t answered() const { return answered_; }

 private:
  io::Requests& requests_;
  const io::FileHandle file_;
  size_t asked_ = 0, answered_ = 0;
};

}  // namespace

std::vector<OwnDevice> own_devices() {
  io::Io& io = current<io::Io>();
  std::vector<OwnDevice> found;
  for (DRIVER_OBJECT* driver : io.drivers().all()) {
    if (!driver->DriverStart) continue;  // one of Portside's own
    for (DEVICE_OBJECT* device : io.devices().of_driver(driver))
      if (const auto known = io.devices().find(device);
          known && !known->name.empty() && !known->lower && !known->upper && !known->deleted)
        found.push_back({known->name, device->DeviceType});
  }
  return found;
}

void test_own_device(Verdicts& verdicts, const OwnDevice& device) {
  const std::string name = client::to_utf8(device.name);
  Verdict verdict(verdicts, "own device", name, kPage);
  io::Requests& requests = current<io::Io>().requests();
  const auto file = requests.open(device.name);
  if (!file) return verdict.not_applicable(fmt::format("it is not opened: {}", file.error().to_string()));
  // Two programs at once, of which one goes.
  if (const auto other = requests.open(device.name)) (void)requests.close(*other);
  Caller caller(requests, *file);
  bool stays = false;
  for (const uint32_t access :
       {FILE_ANY_ACCESS, FILE_READ_ACCESS, FILE_WRITE_ACCESS, FILE_READ_ACCESS | FILE_WRITE_ACCESS})
    for (uint32_t function = kFirstFunction; function < kFirstFunction + kFunctions; ++function)
      for (const uint32_t method : {METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT, METHOD_NEITHER})
        for (const size_t size : kSizes)
          if (!stays && !caller.ask(CTL_CODE(device.type, function, method, access), size, size)) {
            stays = true;
            verdict.warn(fmt::format(
                "a request (function 0x{:x}, {} bytes) stays with the driver after it was cancelled", function, size));
          }
  verdict.measure("requests", static_cast<double>(caller.asked()), "");
  verdict.measure("requests answered", static_cast<double>(caller.answered()), "");
  if (!stays) (void)requests.close(*file);
}

}  // namespace portside::verify
