#include "report/topology_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/subprocess.h"

namespace portside::report {
namespace {

constexpr double kPixels = 72;  // an inch of Graphviz
constexpr double kBoxHeight = 40;

// Characters, not bytes: what a box is made wide for.
size_t length_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "KSNODETYPE_SUM" -> "Sum", "KSCATEGORY_AUDIO" -> "Audio", "KSNODETYPE_AUDIO_ENGINE" -> "Audio engine".
std::string plain_name(std::string_view name) {
  for (const std::string_view prefix : {"KSNODETYPE_", "KSCATEGORY_", "KSAUDFNAME_", "PINNAME_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string out(name);
  const bool shouted = std::ranges::none_of(out, [](char c) { return c >= 'a' && c <= 'z'; });
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '_') out[i] = ' ';
    else if (shouted && i > 0 && out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + 32);
  }
  constexpr size_t kMost = 28;
  if (length_of(out) > kMost) {
    size_t end = 0, characters = 0;
    while (end < out.size() && characters < kMost - 1) {
      ++end;
      while (end < out.size() && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) ++end;
      ++characters;
    }
    out = out.substr(0, end) + "…";
  }
  return out;
}

struct Graph {
  std::vector<LaidBox> boxes;
  std::map<std::pair<size_t, std::pair<bool, uint32_t>>, size_t> index;  // filter, (is a node, id)
  std::string dot;
  size_t clustered_edges = 0;

  void add(size_t filter, bool node, uint32_t id, LaidBox::Kind kind, std::string text, std::string sub) {
    LaidBox box{kind, filter, std::move(text), std::move(sub), 0, 0, 0, kBoxHeight};
    box.w =
        std::max<double>(74, static_cast<double>(std::max(length_of(box.text) * 7.4, length_of(box.sub) * 6.0)) + 22);
    if (!index.try_emplace({filter, {node, id}}, boxes.size()).second) return;
    dot += fmt::format("b{} [width={:.3f},height={:.3f}];\n", boxes.size(), box.w / kPixels, box.h / kPixels);
    boxes.push_back(std::move(box));
  }
};

Graph graph_of(const std::vector<TopologyFilter>& filters) {
  Graph graph;
  graph.dot = "digraph g {\nrankdir=LR; ranksep=0.45; nodesep=0.2; node [shape=box,fixedsize=true,label=\"\"];\n";
  for (size_t f = 0; f < filters.size(); ++f) {
    graph.dot += fmt::format("subgraph cluster{} {{\nmargin=18;\n", f);
    for (const TopologyPin& pin : filters[f].pins)
      graph.add(f, false, pin.id, pin.host ? LaidBox::Kind::kHostPin : LaidBox::Kind::kPin, pin_text(pin),
                fmt::format("pin {}, {}", pin.id, pin.in ? "in" : "out"));
    for (const TopologyNode& node : filters[f].nodes)
      graph.add(f, true, node.id, LaidBox::Kind::kNode, node_text(node), fmt::format("node {}", node.id));
    graph.dot += "}\n";
  }
  const auto end_of = [&](size_t filter, const TopologyEnd& end) {
    const auto found = graph.index.find({filter, {end.node.has_value(), end.node ? *end.node : end.pin}});
    return found == graph.index.end() ? graph.boxes.size() : found->second;
  };
  for (size_t f = 0; f < filters.size(); ++f)
    for (const auto& [from, to] : filters[f].connections) {
      const size_t a = end_of(f, from), b = end_of(f, to);
      if (a < graph.boxes.size() && b < graph.boxes.size())
        graph.dot += fmt::format("b{} -> b{};\n", a, b), ++graph.clustered_edges;
    }
  for (size_t f = 0; f < filters.size(); ++f)
    for (const TopologyPin& pin : filters[f].pins) {
      // Told from the pin that gives; the other one says the same.
      if (!pin.connected_filter || pin.in) continue;
      for (size_t other = 0; other < filters.size(); ++other)
        if (filters[other].name == *pin.connected_filter) {
          const size_t a = end_of(f, {std::nullopt, pin.id}), b = end_of(other, {std::nullopt, pin.connected_pin});
          if (a < graph.boxes.size() && b < graph.boxes.size())
            graph.dot += fmt::format("b{} -> b{} [color=red];\n", a, b);
        }
    }
  graph.dot += "}\n";
  return graph;
}

}  // namespace

std::string pin_text(const TopologyPin& pin) {
  const std::string name = plain_name(pin.name.empty() ? pin.category : pin.name);
  return name.empty() ? fmt::format("pin {}", pin.id) : name;
}

std::string node_text(const TopologyNode& node) { return plain_name(node.type); }

Result<TopologyLayout> lay_out(const std::vector<TopologyFilter>& filters) {
  Graph graph = graph_of(filters);
  TRY_ASSIGN(const std::string plain, run_program("dot", {"-Tplain"}, graph.dot));
  // graph SCALE W H | node NAME X Y W H LABEL ... | edge TAIL HEAD N X1 Y1 ... STYLE COLOR | stop. Origin at the lower
  // left.
  TopologyLayout out;
  std::istringstream lines(plain);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, name;
    words >> kind;
    if (kind == "graph") {
      double scale = 0;
      words >> scale >> out.width >> out.height;
      out.width *= kPixels, out.height *= kPixels;
    } else if (kind == "node") {
      double x = 0, y = 0;
      words >> name >> x >> y;
      const size_t box = name.size() > 1 ? std::stoul(name.substr(1)) : graph.boxes.size();
      if (box >= graph.boxes.size()) return fail(StatusCode::kUnsuccessful, "dot names a box that it was not given");
      graph.boxes[box].x = x * kPixels;
      graph.boxes[box].y = out.height - y * kPixels;
    } else if (kind == "edge") {
      std::string head;
      size_t count = 0;
      words >> name >> head >> count;
      LaidEdge edge;
      for (size_t i = 0; i < count && words; ++i) {
        double x = 0, y = 0;
        words >> x >> y;
        edge.points.emplace_back(x * kPixels, out.height - y * kPixels);
      }
      std::string style, color;
      words >> style >> color;
      edge.between_filters = color == "red";
      if (edge.points.size() >= 4) out.edges.push_back(std::move(edge));
    }
  }
  if (out.width <= 0) return fail(StatusCode::kUnsuccessful, "dot drew nothing");
  out.boxes = std::move(graph.boxes);
  return out;
}

}  // namespace portside::report
