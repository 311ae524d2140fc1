#include "hardware/qemu_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/pci_config.h"
#include "hardware/qemu_board.h"

namespace portside::hardware {

QemuFunction::QemuFunction(std::shared_ptr<QemuBoard> board, DeviceHost& host, std::string name, uint32_t device,
                           uint32_t line)
    : board_(std::move(board)), host_(host), name_(std::move(name)), device_(device), line_(line) {}

Result<std::unique_ptr<QemuFunction>> QemuFunction::create(std::shared_ptr<QemuBoard> board, DeviceHost& host,
                                                           std::string name, uint32_t device, uint32_t line) {
  std::unique_ptr<QemuFunction> function(new QemuFunction(std::move(board), host, std::move(name), device, line));
  TRY(function->size_ranges());
  TRY_ASSIGN(const uint32_t pin, function->read_config(config::kInterruptPin, 1));
  if (pin) function->line_ = config::line_of_pin(line, pin);
  function->board_->add(*function);
  return function;
}

QemuFunction::~QemuFunction() { board_->remove(*this); }

// PCI 3.0 §6.2.5.1: what stays zero when all ones are written is the size.
Result<> QemuFunction::size_ranges() {
  TRY_ASSIGN(const uint32_t ids, read_config(config::kVendor, 4));
  if ((ids & 0xFFFF) == 0xFFFF)
    return fail(StatusCode::kNoSuchDevice, name_ + " is not on QEMU's PCI bus: is it a PCI device?");
  TRY_ASSIGN(const uint32_t header, read_config(config::kHeaderType, 1));
  if (header & 0x7F)
    return fail(StatusCode::kNotSupported,
                fmt::format("{} is a bridge (PCI header type {}): functions with header type 0 go under a driver here",
                            name_, header & 0x7F));
  for (uint32_t index = 0; index < 6; ++index) {
    const uint32_t at = config::kBar0 + index * 4;
    TRY_ASSIGN(const uint32_t before, read_config(at, 4));
    TRY(write_config(at, 4, UINT32_MAX));
    TRY_ASSIGN(const uint32_t low, read_config(at, 4));
    TRY(write_config(at, 4, before));
    if (low == 0) continue;
    BaseAddressRegister bar{.index = index, .is_port = (low & 1) != 0};
    uint64_t mask = bar.is_port ? low | 0xFFFF'FFFF'0000'0000 : low;
    if (!bar.is_port) {
      bar.prefetchable = (low & 8) != 0;
      bar.is_64_bit = (low & 6) == 4;
      uint64_t high = UINT32_MAX;
      if (bar.is_64_bit) {
        TRY(write_config(at + 4, 4, UINT32_MAX));
        TRY_ASSIGN(high, read_config(at + 4, 4));
        TRY(write_config(at + 4, 4, 0));
      }
      mask = high << 32 | low;
    }
    bar.bytes = ~(mask & ~uint64_t{bar.is_port ? 3u : 15u}) + 1;
    bars_.push_back(bar);
    if (bar.is_64_bit) ++index;
  }
  return {};
}

Result<uint32_t> QemuFunction::read_config(uint32_t offset, uint32_t bytes) {
  return board_->client().read_config(device_, offset, bytes);
}

Result<> QemuFunction::write_config(uint32_t offset, uint32_t bytes, uint32_t value) {
  if (offset >= config::kBar0 && offset < config::kBar0 + 24 && bytes == 4) {
    MutexLock lock(mutex_);
    bases_[(offset - config::kBar0) / 4] = value;
  }
  return board_->client().write_config(device_, offset, bytes, value);
}

QemuFunction::Place QemuFunction::place(uint32_t bar, uint64_t offset) {
  const auto found = std::ranges::find(bars_, bar, &BaseAddressRegister::index);
  const bool is_port = found != bars_.end() && found->is_port;
  MutexLock lock(mutex_);
  uint64_t base = bases_[bar] & ~uint64_t{is_port ? 3u : 15u};
  if (found != bars_.end() && found->is_64_bit) base |= bases_[bar + 1] << 32;
  return {is_port, base + offset};
}

Result<uint64_t> QemuFunction::read(uint32_t bar, uint64_t offset, uint32_t bytes) {
  const Place at = place(bar, offset);
  if (!at.is_port) return board_->client().read_memory(at.address, bytes);
  TRY_ASSIGN(const uint32_t value, board_->client().read_port(static_cast<uint32_t>(at.address), bytes));
  return value;
}

Result<> QemuFunction::write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) {
  const Place at = place(bar, offset);
  if (!at.is_port) return board_->client().write_memory(at.address, bytes, value);
  return board_->client().write_port(static_cast<uint32_t>(at.address), bytes, static_cast<uint32_t>(value));
}

}  // namespace portside::hardware
