#pragma once
// QemuFunction: a PCI function of QEMU's, through the board's test protocol.

#include <array>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "hardware/device_host.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

class QemuBoard;

class QemuFunction final : public PciFunction {
 public:
  // Finds out what its base address registers ask for. `line`: where its INTA# goes.
  static Result<std::unique_ptr<QemuFunction>> create(std::shared_ptr<QemuBoard> board, DeviceHost& host,
                                                      std::string name, uint32_t device, uint32_t line);
  ~QemuFunction() override;

  std::string name() const override { return name_ + " in QEMU"; }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override;
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override;
  std::vector<BaseAddressRegister> base_address_registers() override { return bars_; }
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override;
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override;

  uint32_t line() const { return line_; }
  // On the board's reading thread.
  void interrupt(bool raised) { host_.set_interrupt(raised); }
  void ended(const std::string& why) { host_.gone(why); }

 private:
  QemuFunction(std::shared_ptr<QemuBoard> board, DeviceHost& host, std::string name, uint32_t device, uint32_t line);
  Result<> size_ranges();
  struct Place {
    bool is_port = false;
    uint64_t address = 0;
  };
  Place place(uint32_t bar, uint64_t offset);

  const std::shared_ptr<QemuBoard> board_;
  DeviceHost& host_;
  const std::string name_;
  const uint32_t device_;
  uint32_t line_;  // fixed by create()
  std::vector<BaseAddressRegister> bars_;
  Mutex mutex_;
  std::array<uint64_t, 6> bases_ GUARDED_BY(mutex_){};  // as they were written last
};

}  // namespace portside::hardware
