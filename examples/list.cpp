// What a driver host serves: portside-list [SOCKET]

#include <cstdio>

#include <portside/client.h>

int main(int argc, char** argv) {
  auto client = portside::Client::connect(argc > 1 ? argv[1] : "");
  if (!client) return std::fprintf(stderr, "%s\n", client.error().to_string().c_str()), 1;
  auto endpoints = (*client)->endpoints();
  if (!endpoints) return std::fprintf(stderr, "%s\n", endpoints.error().to_string().c_str()), 1;
  for (const portside::EndpointInfo& e : *endpoints) {
    std::printf("%s: %s, %s, %zu formats\n", e.id.c_str(), e.name.c_str(),
                e.direction == portside::Direction::kRender ? "plays" : "records", e.formats.size());
    for (const portside::ControlInfo& c : e.controls) {
      std::printf("  %s:", c.name.c_str());
      if (auto values = (*client)->control(e.id, c.id))
        for (const int32_t value : *values) {
          if (c.kind == portside::ControlInfo::Kind::kVolume) std::printf(" %.1f dB", value / 65536.0);
          else std::printf(" %s", value ? "yes" : "no");
        }
      std::printf("\n");
    }
  }
}
