#pragma once
// DeviceChoice: the devices that a person named (--device qemu:…, model:…), ready to be plugged into a machine. QEMU's all sit on
// one board, whose memory and whose clock are then the machine's. Outlives the machine: QEMU ends with it, and finishes what it
// was writing.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hardware/bus_faults.h"
#include "hardware/device_maker.h"
#include "host/machine.h"

namespace portside::hardware {
class QemuBoard;
}

namespace portside::host {

struct DeviceRequest {
  std::vector<std::string> devices;  // hardware::DeviceText
  std::filesystem::path heard;       // a WAV of what comes out of the card
  std::filesystem::path spoken;      // a WAV that it hears: 16 bits, two channels, `rate`
  uint32_t rate = 48000;             // of both
  bool models_only = false;          // refuse QEMU's, whose clock is real, before it is started
  std::optional<hardware::BusFaults> faults;
  uint64_t seed = 1;  // of the faults
};

class DeviceChoice {
 public:
  // Starts QEMU when one of them is its. An error is a sentence: what is missing, or which names there are.
  static Result<DeviceChoice> create(const DeviceRequest& request);

  bool empty() const { return makers_.empty(); }
  bool real_time() const { return board_ != nullptr; }
  // QEMU, when one of them is its.
  std::optional<pid_t> qemu() const;
  // Of the only device, without the faults: for machines that are many.
  Result<hardware::DeviceMaker> only_maker() const;
  // What the machine must be for them.
  void apply(MachineOptions& options) const;
  Result<std::vector<hardware::PciSlot*>> plug(Machine& machine) const;

 private:
  struct Made {
    hardware::DeviceMaker make;
    std::optional<uint32_t> line;
  };
  std::vector<Made> makers_;
  std::shared_ptr<hardware::QemuBoard> board_;
};

}  // namespace portside::host
