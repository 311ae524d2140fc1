#include "portside/monitor_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "portside/monitor_view.h"

namespace portside::tools {

using std::chrono::milliseconds;

void name_programs(MonitorSight& sight) {
  for (MonitorSight::Stream& stream : sight.streams)
    if (stream.program.empty()) std::getline(std::ifstream(fmt::format("/proc/{}/comm", stream.pid)), stream.program);
}

void MonitorLoop::run() {
  using Clock = std::chrono::steady_clock;
  for (auto next = Clock::now();;) {
    if (Clock::now() >= next) {
      look();
      draw();
      next = Clock::now() + refresh_;
    }
    const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
    const auto key = screen_.key(std::max(left, milliseconds(0)));
    if (!key) continue;
    if (*key == Key::kQuit) return;
    press(*key);
    draw();
  }
}

void MonitorLoop::press(Key key) {
  const size_t last = sight_.streams.empty() ? 0 : sight_.streams.size() - 1;
  if (key == Key::kUp && chosen_ > 0) --chosen_;
  if (key == Key::kDown && chosen_ < last) ++chosen_;
  if (key == Key::kReset) history_.reset();
}

void MonitorLoop::look() {
  if (!client_) {
    auto connected = connect_();
    if (!connected) {
      trouble_ = connected.error().sentence();
      return;
    }
    client_ = std::move(*connected);
    history_.reset();
  }
  const auto text = client_->snapshot();
  auto sight = text ? MonitorSight::read(*text) : Result<MonitorSight>(fail(text.error()));
  if (!sight) {
    trouble_ = sight.error().sentence();
    if (sight.error().code() == StatusCode::kMachineEnded) client_.reset();
    return;
  }
  trouble_.clear();
  sight_ = std::move(*sight);
  name_programs(sight_);
  history_.add(sight_);
  chosen_ = std::min(chosen_, sight_.streams.empty() ? 0 : sight_.streams.size() - 1);
}

void MonitorLoop::draw() {
  Canvas canvas(screen_.width(), screen_.height());
  MonitorView{
      .sight = sight_, .history = history_, .chosen = chosen_, .unicode = unicode_, .keys = true, .trouble = trouble_}
      .draw(canvas);
  screen_.show(canvas);
}

}  // namespace portside::tools
