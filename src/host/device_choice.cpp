#include "host/device_choice.h"

#include <fmt/format.h>

#include <fstream>

#include "hardware/device_text.h"
#include "hardware/models.h"
#include "hardware/qemu_board.h"

namespace portside::host {
namespace {

Result<hardware::DeviceMaker> maker_of(const hardware::DeviceText& text, const DeviceRequest& request) {
  const hardware::NamedDevice& named = text.devices.front();
  const hardware::Model* model = hardware::find_model(named.name);
  if (!model || text.devices.size() > 1) {
    std::string known;
    for (const hardware::Model& one : hardware::models()) known += (known.empty() ? "" : ", ") + std::string(one.name);
    return fail(
        StatusCode::kNotFound,
        model ? fmt::format("nothing can be hung on model:{}, and an option has an =: {}", named.name,
                            text.devices[1].name)
              : fmt::format("there is no model {}; there {}", named.name, known.empty() ? "are none" : "is: " + known));
  }
  hardware::ModelOptions options{named.options, request.heard, request.spoken};
  return hardware::DeviceMaker([model, options](hardware::DeviceHost& host) { return model->make(host, options); });
}

// One file, and whoever writes it writes it alone; it is written at the end: that it cannot be is told before anything
// is played.
Result<> check_heard(const std::filesystem::path& heard, size_t on_board, size_t models) {
  if (heard.empty()) return {};
  if (models > 1 || (models == 1 && on_board > 0))
    return fail(StatusCode::kInvalidParameter,
                "one file takes what one model plays, or what QEMU's cards play together; several were named");
  std::error_code error;
  const bool there = std::filesystem::exists(heard, error);
  const bool writable = static_cast<bool>(std::ofstream(heard, std::ios::binary | std::ios::app));
  if (!there) std::filesystem::remove(heard, error);
  if (writable) return {};
  return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be written", heard.string()));
}

}  // namespace

Result<DeviceChoice> DeviceChoice::create(const DeviceRequest& request) {
  DeviceChoice choice;
  std::vector<hardware::DeviceText> texts, on_board;
  for (const std::string& text : request.devices) {
    TRY_ASSIGN(texts.emplace_back(), hardware::DeviceText::parse(text));
    if (texts.back().source == hardware::DeviceSource::kQemu) on_board.push_back(texts.back());
  }
  constexpr const char* kRealClock = "QEMU's clock is real, and many machines are run in virtual time: name a model";
  if (request.models_only && !on_board.empty()) return fail(StatusCode::kInvalidParameter, kRealClock);
  TRY(check_heard(request.heard, on_board.size(), texts.size() - on_board.size()));
  if (!on_board.empty()) {
    TRY_ASSIGN(choice.board_, hardware::QemuBoard::start(on_board, {request.heard, request.spoken, request.rate}));
  }
  size_t next_on_board = 0;
  for (const hardware::DeviceText& text : texts) {
    Made made;
    if (text.source == hardware::DeviceSource::kQemu) {
      made.line = hardware::QemuBoard::line_of(next_on_board);
      made.make = choice.board_->maker(next_on_board++);
    } else {
      TRY_ASSIGN(made.make, maker_of(text, request));
    }
    if (request.faults)
      made.make = hardware::behind_faults(std::move(made.make), *request.faults, request.seed + choice.makers_.size());
    choice.makers_.push_back(std::move(made));
  }
  return choice;
}

Result<hardware::DeviceMaker> DeviceChoice::only_maker() const {
  if (makers_.size() != 1) return fail(StatusCode::kInvalidParameter, "one device is named here");
  return makers_.front().make;
}

std::optional<pid_t> DeviceChoice::qemu() const { return board_ ? std::optional(board_->process()) : std::nullopt; }

void DeviceChoice::apply(MachineOptions& options) const {
  if (!board_) return;
  options.realtime = true;
  options.ram = board_->ram();
}

Result<std::vector<hardware::PciSlot*>> DeviceChoice::plug(Machine& machine) const {
  std::vector<hardware::PciSlot*> slots;
  for (const Made& made : makers_) { TRY_ASSIGN(slots.emplace_back(), machine.plug(made.make, made.line)); }
  return slots;
}

}  // namespace portside::host
