#pragma once
// Packets with descriptors over a Unix SOCK_SEQPACKET socket.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

struct sockaddr_un;

namespace portside::wire {

struct Packet {
  std::vector<std::byte> bytes;
  std::vector<Descriptor> descriptors;  // those that nobody takes are closed with the packet
};

// $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host; empty when neither is set.
std::string default_socket_path();
// kObjectNameInvalid when it does not fit.
Result<sockaddr_un> socket_address(const std::string& path);

enum class Patience { kWait, kDoNotWait };

// kMachineEnded: the other side has gone. kDeviceBusy: it does not read, and we do not wait.
Result<> send_packet(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors, Patience patience);
// Nothing: none is there, or none came within the socket's own time-out. kMachineEnded: the other side has gone.
Result<std::optional<Packet>> receive_packet(int socket, Patience patience);

}  // namespace portside::wire
