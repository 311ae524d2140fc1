// The topology in report.html: filters, pins, nodes, and how they are connected.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html_parts.h"
#include "report/markup.h"
#include "report/topology_layout.h"

namespace portside::report {
namespace {

std::string drawing(const TopologyLayout& layout, const std::vector<TopologyFilter>& filters) {
  constexpr double kMargin = 10, kPad = 14, kTitle = 20;
  const double width = layout.width + 2 * kMargin, height = layout.height + 2 * kMargin + kTitle;
  std::string names, body;
  for (const TopologyFilter& filter : filters) names += (names.empty() ? "" : ", ") + filter.name;
  body += fmt::format("<g transform=\"translate({} {})\">", kMargin, kMargin + kTitle);
  for (size_t f = 0; f < filters.size(); ++f) {
    double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
    for (const LaidBox& box : layout.boxes)
      if (box.filter == f) {
        left = std::min(left, box.x - box.w / 2), right = std::max(right, box.x + box.w / 2);
        top = std::min(top, box.y - box.h / 2), bottom = std::max(bottom, box.y + box.h / 2);
      }
    if (left > right) continue;
    body += fmt::format(
        "<rect class=\"filter\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\"/><text "
        "x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"13\" font-weight=\"600\">{}</text>",
        left - kPad, top - kPad, right - left + 2 * kPad, bottom - top + 2 * kPad, left - kPad, top - kPad - 5,
        escape(filters[f].name));
  }
  for (const LaidEdge& edge : layout.edges) {
    std::string path = fmt::format("M{:.1f} {:.1f}C", edge.points[0].first, edge.points[0].second);
    for (size_t i = 1; i < edge.points.size(); ++i)
      path += fmt::format("{:.1f} {:.1f} ", edge.points[i].first, edge.points[i].second);
    const auto [x, y] = edge.points.back();
    const auto [from_x, from_y] = edge.points[edge.points.size() - 2];
    const double angle = std::atan2(y - from_y, x - from_x) * 180 / 3.14159265358979;
    body += fmt::format(
        "<path class=\"edge{}\" d=\"{}\"/><path class=\"arrow\" d=\"M8 0L0 4V-4Z\" transform=\"translate({:.1f} "
        "{:.1f})rotate({:.0f})\"/>",
        edge.between_filters ? " cable" : "", path, x, y, angle);
  }
  for (const LaidBox& box : layout.boxes)
    body += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\"/><text x=\"{:.1f}\" "
        "y=\"{:.1f}\" font-size=\"13\" text-anchor=\"middle\">{}</text>"
        "<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"10.5\" text-anchor=\"middle\">{}</text>",
        box.kind == LaidBox::Kind::kNode      ? "node"
        : box.kind == LaidBox::Kind::kHostPin ? "pin host"
                                              : "pin",
        box.x - box.w / 2, box.y - box.h / 2, box.w, box.h, box.kind == LaidBox::Kind::kNode ? 5 : 18, box.x, box.y - 2,
        escape(box.text), box.x, box.y + 13, escape(box.sub));
  body += "</g>";
  return scrollable(
      "Drawing of the topology",
      fmt::format("<svg class=\"map\" role=\"img\" aria-label=\"The filters {} with their pins and "
                  "nodes; the same stands in the table below\" "
                  "style=\"width:100%;min-width:{:.0f}px;max-width:{:.0f}px\" viewBox=\"0 0 {:.0f} {:.0f}\">{}</svg>",
                  escape(names), width * 0.75, width, width, height, body));
}

std::string end_text(const TopologyFilter& filter, const TopologyEnd& end) {
  if (!end.node) {
    const auto pin = std::ranges::find(filter.pins, end.pin, &TopologyPin::id);
    return pin == filter.pins.end() ? fmt::format("pin {}", end.pin)
                                    : fmt::format("{} (pin {})", pin_text(*pin), end.pin);
  }
  const auto node = std::ranges::find(filter.nodes, *end.node, &TopologyNode::id);
  return node == filter.nodes.end() ? fmt::format("node {}", *end.node)
                                    : fmt::format("{} (node {})", node_text(*node), *end.node);
}

std::string tables(const std::vector<TopologyFilter>& filters) {
  std::string out;
  for (const TopologyFilter& filter : filters) {
    std::string rows;
    for (const TopologyPin& pin : filter.pins)
      rows += fmt::format("<tr><td>{}</td><td>pin {}, {}{}</td><td>{}</td><td>{}</td></tr>\n", escape(pin_text(pin)),
                          pin.id, pin.in ? "in" : "out", pin.host ? ", for applications" : "", escape(pin.category),
                          pin.connected_filter
                              ? escape(fmt::format("connected to {}, pin {}", *pin.connected_filter, pin.connected_pin))
                              : "");
    for (const TopologyNode& node : filter.nodes)
      rows += fmt::format("<tr><td>{}</td><td>node {}</td><td>{}</td><td></td></tr>\n", escape(node_text(node)),
                          node.id, escape(node.type));
    out += fmt::format("<h4>{}</h4>\n", escape(filter.name)) +
           scrollable(filter.name,
                      "<table class=\"stacked\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Part</th><th "
                      "scope=\"col\">Type</th><th scope=\"col\">Connected</th></tr></thead><tbody>\n" +
                          rows + "</tbody></table>");
    std::string connections;
    for (const auto& [from, to] : filter.connections)
      connections += fmt::format("<li>{} → {}</li>", escape(end_text(filter, from)), escape(end_text(filter, to)));
    if (!connections.empty()) out += "<ul>" + connections + "</ul>\n";
  }
  return out;
}

}  // namespace

std::string topology_html(const CampaignReport& report) {
  if (report.topology.empty()) return "";
  std::string out = "<section id=\"topology\" aria-labelledby=\"h-topology\"><h2 id=\"h-topology\">Topology</h2>\n";
  const auto layout = lay_out(report.topology);
  if (!layout) {
    out += fmt::format("<p class=\"muted\">Not drawn: {}. Graphviz (the package graphviz) draws it.</p>\n",
                       escape(layout.error().to_string()));
    return out + tables(report.topology) + "</section>\n";
  }
  out +=
      "<p>Rounded: pins, those with a heavy line are for applications. Square: nodes. Dashed: a connection between "
      "filters.</p>\n";
  return out + drawing(*layout, report.topology) + "<details><summary>As tables</summary>\n" + tables(report.topology) +
         "</details></section>\n";
}

}  // namespace portside::report
