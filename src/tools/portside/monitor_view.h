#pragma once
// The monitor's picture of a host: drawn into a canvas of any size, the same for a terminal, a test and --once.

#include <string>

#include "portside/canvas.h"
#include "portside/monitor_sight.h"

namespace portside::tools {

struct MonitorView {
  const MonitorSight& sight;
  const MonitorHistory& history;
  size_t chosen = 0;    // of the streams
  bool unicode = true;  // bars and sparks; else ASCII
  bool keys = true;     // the last line says them
  std::string trouble;  // why there is nothing new

  void draw(Canvas& canvas) const;
  // As many lines as everything takes.
  int height() const;

 private:
  int stream_lines(const MonitorSight::Stream& stream) const;
  void draw_header(Canvas& canvas) const;
  int draw_endpoints(Canvas& canvas, int y, int most) const;
  int draw_streams(Canvas& canvas, int y, int end) const;
  void draw_stream(Canvas& canvas, int y, const MonitorSight::Stream& stream, bool chosen) const;
  void draw_level(Canvas& canvas, int x, int y, int columns, const std::string& name,
                  const MonitorSight::Level& level) const;
  void draw_timing(Canvas& canvas, int y, const MonitorSight::Stream& stream) const;
  int draw_violations(Canvas& canvas, int y, int end) const;
  std::string bar(double share, int columns) const;
  std::string spark(const std::vector<uint64_t>& counts) const;
};

}  // namespace portside::tools
