#include "service/peer.h"

#include <poll.h>
#include <sys/socket.h>

namespace portside::service {

bool Peer::has_room() const {
  pollfd room{socket_.get(), POLLOUT, 0};
  return ::poll(&room, 1, 0) > 0 && (room.revents & POLLOUT);
}

void Peer::part() { (void)::shutdown(socket_.get(), SHUT_RDWR); }

}  // namespace portside::service
