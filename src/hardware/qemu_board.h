#pragma once
// QemuBoard: the PC that QEMU plays: its process, its configuration and interrupt lines, and the PCI functions on it. The
// machine's RAM is the board's. Its clock is real: so must be the machine's.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/temporary_folder.h"
#include "hardware/device_maker.h"
#include "hardware/device_text.h"
#include "hardware/qemu_process.h"
#include "hardware/qtest_client.h"

namespace portside::memory {
class Segment;
}

namespace portside::hardware {

struct QemuSound {
  std::filesystem::path heard;   // a WAV of what comes out of the card's codec; empty: it is dropped
  std::filesystem::path spoken;  // a WAV that the card hears, again and again; empty: silence
  uint32_t rate = 48000;         // of both
};

class QemuFunction;

class QemuBoard : public std::enable_shared_from_this<QemuBoard> {
 public:
  static constexpr uint64_t kRamBytes = 512ull << 20;

  // Starts QEMU with these devices, each a PCI device with what hangs on it.
  static Result<std::shared_ptr<QemuBoard>> start(const std::vector<DeviceText>& devices, const QemuSound& sound);
  ~QemuBoard();

  const std::shared_ptr<memory::Segment>& ram() const { return ram_; }
  pid_t process() const { return process_->id(); }
  // Makes the function of the device of this index; the board lives as long as its functions.
  DeviceMaker maker(size_t index);
  // Where its interrupt arrives: the lines of the board are the machine's.
  static uint32_t line_of(size_t index) { return 20 + (kFirstDevice + static_cast<uint32_t>(index)) % 4; }

  QtestClient& client() { return *client_; }
  void add(QemuFunction& function);
  void remove(QemuFunction& function);

 private:
  static constexpr uint32_t kFirstDevice = 3;

  QemuBoard() = default;
  void on_interrupt(uint32_t line, bool raised);
  void on_ended(const std::string& why);

  TemporaryFolder folder_;
  std::shared_ptr<memory::Segment> ram_;
  std::vector<std::string> names_;
  std::unique_ptr<QemuProcess> process_;
  Mutex mutex_;
  std::list<QemuFunction*> functions_ GUARDED_BY(mutex_);
  std::unique_ptr<QtestClient> client_;  // last: its thread uses what stands above
};

}  // namespace portside::hardware
