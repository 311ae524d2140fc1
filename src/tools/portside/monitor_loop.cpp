#include "portside/monitor_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "portside/monitor_view.h"

namespace portside::tools {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

void name_programs(MonitorSight& sight) {
  for (MonitorSight::Stream& stream : sight.streams)
    if (stream.program.empty()) std::getline(std::ifstream(fmt::format("/proc/{}/comm", stream.pid)), stream.program);
}

void MonitorLoop::run() {
  using Clock = std::chrono::steady_clock;
  constexpr milliseconds kOften = milliseconds(20);  // while a look is under way: it ends whenever it likes
  for (auto next = Clock::now();;) {
    if (Clock::now() >= next) {
      watch_.begin();
      next = Clock::now() + refresh_;
    }
    if (look()) draw();
    auto left = std::max(std::chrono::ceil<milliseconds>(next - Clock::now()), milliseconds(0));
    if (watch_.under_way() != nanoseconds(0)) left = kOften;
    const auto key = screen_.key(left);
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

bool MonitorLoop::look() {
  constexpr milliseconds kUsual = milliseconds(5);  // what most hosts answer in
  if (const auto look = watch_.take(kUsual)) {
    take_up(*look);
    return true;
  }
  const auto waited = std::chrono::floor<std::chrono::seconds>(watch_.under_way());
  if (waited < std::chrono::seconds(1)) return false;
  trouble_ = fmt::format("the driver host does not answer, for {} s", waited.count());
  return true;
}

void MonitorLoop::take_up(const HostWatch::Look& look) {
  if (look.anew) history_.reset();
  auto sight = look.snapshot ? MonitorSight::read(*look.snapshot) : Result<MonitorSight>(fail(look.snapshot.error()));
  if (!sight) {
    trouble_ = sight.error().sentence();
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
