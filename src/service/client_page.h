#pragma once
// ClientPage: the host's side of a stream's page, and the bell that goes with it. Outlives the stream, so that a
// machine that ended can still be told of.

#include <memory>

#include "service/bell.h"
#include "wire/shared_memory.h"
#include "wire/stream_page.h"

namespace portside::service {

class ClientPage {
 public:
  static Result<std::shared_ptr<ClientPage>> create();

  wire::StreamPage& page() const { return *reinterpret_cast<wire::StreamPage*>(memory_.bytes().data()); }
  int descriptor() const { return memory_.descriptor(); }
  const Bell& bell() const { return bell_; }
  // The stream is the client's no longer; it is woken.
  void end(const Status& why) {
    page().end(why);
    bell_.ring();
  }

 private:
  wire::SharedMemory memory_;
  Bell bell_;
};

}  // namespace portside::service
