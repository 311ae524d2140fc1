#include "hardware/qemu_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/temporary_folder.h"
#include "hardware/alsa_plugin.h"
#include "hardware/qemu_function.h"
#include "memory/segment.h"

namespace portside::hardware {
namespace {

// QEMU's option syntax: a comma in a value is doubled.
std::string value(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled += c == ',' ? ",," : std::string(1, c);
  return doubled;
}

// Whether the device has an audio backend of its own to be named.
Result<bool> takes_sound(const std::string& device) {
  auto help = ask_qemu({"-device", device + ",help"});
  if (!help && help.error() == StatusCode::kNotFound) return fail(help.error());
  if (!help || help->empty()) {
    return fail(StatusCode::kNoSuchDevice,
                fmt::format("QEMU has no device {}; portside devices lists those that it has", device));
  }
  return help->find("audiodev=") != std::string::npos;
}

// QEMU's "wav" backend writes what a card plays, in its own time. It cannot be listened through: with something to hear both go
// through ALSA, to a PCM of ours that is paced.
Result<std::vector<std::string>> backend_for(const QemuSound& sound, const TemporaryFolder& folder,
                                             std::vector<std::string>& environment) {
  const std::string format = fmt::format("frequency={},out.channels=2,out.format=s16", sound.rate);
  // How often QEMU looks whether sound is due. Its own choice, 10 ms, would make a card move that much at once.
  const std::string often = "timer-period=1000";
  if (sound.spoken.empty() && sound.heard.empty())
    return std::vector<std::string>{"-audiodev", "none,id=sound," + often};
  if (sound.spoken.empty())
    return std::vector<std::string>{"-audiodev",
                                    fmt::format("wav,id=sound,{},path={},out.{}", often,
                                                value(std::filesystem::absolute(sound.heard).string()), format)};
  const std::filesystem::path plugin = alsa_plugin();
  if (plugin.empty())
    return fail(StatusCode::kNotSupported,
                "this build has no ALSA plugin, through which a card hears: libasound2-dev was missing (Debian)");
  const std::filesystem::path config = folder.path() / "asound.conf";
  std::ofstream out(config);
  out << fmt::format("pcm_type.portside {{ lib \"{}\" }}\n", plugin.string());
  out << fmt::format("pcm.spoken {{ type portside file \"{}\" rate {} }}\n",
                     std::filesystem::absolute(sound.spoken).string(), sound.rate);
  const std::filesystem::path heard =
      sound.heard.empty() ? folder.path() / "heard.wav" : std::filesystem::absolute(sound.heard);
  out << fmt::format("pcm.heard {{ type portside file \"{}\" rate {} }}\n", heard.string(), sound.rate);
  out.close();
  if (!out) return fail(StatusCode::kDiskFull, "no room for ALSA's configuration");
  environment.push_back("ALSA_CONFIG_PATH=" + config.string());
  return std::vector<std::string>{"-audiodev",
                                  fmt::format("alsa,id=sound,{},out.dev=heard,out.try-poll=off,out.{},in.dev=spoken,in."
                                              "try-poll=off,in.frequency={},in.channels=2,in.format=s16",
                                              often, format, sound.rate)};
}

}  // namespace

Result<std::shared_ptr<QemuBoard>> QemuBoard::start(const std::vector<DeviceText>& devices, const QemuSound& sound) {
  std::shared_ptr<QemuBoard> board(new QemuBoard);
  TRY_ASSIGN(board->ram_, memory::Segment::create("portside-ram", kRamBytes, memory::Segment::PageSize::kSmall));
  std::error_code error;
  if (!sound.heard.empty()) std::filesystem::remove(sound.heard, error);
  std::vector<std::string> environment;
  TRY_ASSIGN(std::vector<std::string> arguments, backend_for(sound, board->folder_, environment));
  for (size_t i = 0; i < devices.size(); ++i) {
    for (size_t j = 0; j < devices[i].devices.size(); ++j) {
      const NamedDevice& device = devices[i].devices[j];
      TRY_ASSIGN(const bool with_sound, takes_sound(device.name));
      std::string text = device.name;
      if (j == 0) text += fmt::format(",id=device{},addr={:#x}", i, kFirstDevice + i);
      if (with_sound) text += ",audiodev=sound";
      for (const std::string& option : device.options) text += "," + option;
      arguments.insert(arguments.end(), {"-device", text});
    }
    board->names_.push_back(devices[i].devices.front().name);
  }
  TRY_ASSIGN(board->process_, QemuProcess::start(*board->ram_, arguments, environment));
  QemuBoard* raw = board.get();
  board->client_ = std::make_unique<QtestClient>(
      board->process_->take_socket(),
      QtestClient::Events{[raw](uint32_t line, bool raised) { raw->on_interrupt(line, raised); },
                          [raw](const std::string& why) { raw->on_ended(why); }});
  if (auto answered = board->client_->command("irq_intercept_in ioapic"); !answered)
    return fail(StatusCode::kUnsuccessful, fmt::format("QEMU did not start: {}", board->process_->last_words()));
  board->process_->started();
  return board;
}

QemuBoard::~QemuBoard() = default;

DeviceMaker QemuBoard::maker(size_t index) {
  return [board = shared_from_this(), index](DeviceHost& host) -> Result<std::unique_ptr<PciFunction>> {
    TRY_ASSIGN(std::unique_ptr<QemuFunction> function,
               QemuFunction::create(board, host, board->names_[index], kFirstDevice + static_cast<uint32_t>(index),
                                    line_of(index)));
    return function;
  };
}

void QemuBoard::add(QemuFunction& function) {
  MutexLock lock(mutex_);
  functions_.push_back(&function);
}

void QemuBoard::remove(QemuFunction& function) {
  MutexLock lock(mutex_);
  functions_.remove(&function);
}

// The lock is held while the functions are told, so that none is destroyed meanwhile; they take none but their host's.
void QemuBoard::on_interrupt(uint32_t line, bool raised) {
  MutexLock lock(mutex_);
  for (QemuFunction* function : functions_)
    if (function->line() == line) function->interrupt(raised);
}

void QemuBoard::on_ended(const std::string& why) {
  const std::string words = why == "QEMU has ended" ? fmt::format("{}: {}", why, process_->last_words()) : why;
  MutexLock lock(mutex_);
  for (QemuFunction* function : functions_) function->ended(words);
}

}  // namespace portside::hardware
