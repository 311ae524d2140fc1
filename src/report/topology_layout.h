#pragma once
// Where the parts of a topology stand in its drawing: laid out by Graphviz, drawn by us, so that the drawing follows
// the page's colours and nothing of a driver reaches the page unescaped. Private to report.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "report/campaign.h"

namespace portside::report {

struct LaidBox {
  enum class Kind : uint8_t { kNode, kPin, kHostPin };
  Kind kind{};
  size_t filter = 0;
  std::string text, sub;              // "KSNODETYPE_VOLUME" as "Volume", "node 2"
  double x = 0, y = 0, w = 0, h = 0;  // centre and size, in pixels
};
struct LaidEdge {
  std::vector<std::pair<double, double>> points;  // Bézier: 1 + 3n
  bool between_filters = false;
};
struct TopologyLayout {
  double width = 0, height = 0;
  std::vector<LaidBox> boxes;
  std::vector<LaidEdge> edges;
};

// kNotFound: there is no dot here.
Result<TopologyLayout> lay_out(const std::vector<TopologyFilter>& filters);

std::string pin_text(const TopologyPin& pin);     // "Speaker", "pin 1"
std::string node_text(const TopologyNode& node);  // "Volume"

}  // namespace portside::report
