#include "service/peer.h"

#include <sys/socket.h>

namespace portside::service {

void Peer::part() { (void)::shutdown(socket_.get(), SHUT_RDWR); }

}  // namespace portside::service
