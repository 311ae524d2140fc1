#pragma once
// ClientStream: the client's side of an open stream: its buffer, the page, the pipe that it is woken by.

#include <atomic>
#include <memory>

#include "portside/client.h"
#include "wire/connection.h"
#include "wire/mapped_register.h"
#include "wire/shared_memory.h"
#include "wire/stream_page.h"

namespace portside::wire {

class ClientStream final : public Stream {
 public:
  // From the host's answer and its descriptors, whatever they are.
  static Result<std::unique_ptr<ClientStream>> create(std::shared_ptr<Connection> connection, Connection::Reply reply,
                                                      bool woken);
  ~ClientStream() override;

  const StreamFacts& facts() const override { return facts_; }
  std::span<std::byte> buffer() const override { return buffer_.bytes(); }
  Result<> set_state(StreamState state) override;
  void tell_written(uint64_t frames) override { page().written.store(frames, std::memory_order_release); }
  void tell_last(uint64_t frames) override { page().last.store(frames + 1, std::memory_order_release); }
  void tell_read(uint64_t frames) override { page().read.store(frames, std::memory_order_release); }
  StreamPosition position() const override;
  std::optional<uint64_t> read(DeviceRegister which) const override;
  int notification_fd() const override { return facts_.notifications || woken_ ? event_.get() : -1; }
  uint64_t notifications() const override { return page().notifications.load(std::memory_order_acquire); }
  uint64_t glitches() const override { return page().glitches.load(std::memory_order_acquire); }
  Status alive() const override { return page().alive(); }

 private:
  ClientStream() = default;
  Result<> map_registers(const Opened& opened, std::span<Descriptor> descriptors);
  StreamPage& page() const { return *reinterpret_cast<StreamPage*>(page_.bytes().data()); }

  std::shared_ptr<Connection> connection_;
  uint32_t stream_ = 0;
  StreamFacts facts_;
  bool woken_ = false;  // by the host, whether the driver notifies or not
  SharedMemory buffer_, page_;
  std::optional<MappedRegister> position_, clock_;
  Descriptor event_;
  mutable std::atomic<uint64_t> done_ = 0;
  mutable std::atomic<uint64_t> reported_ = 0;  // a position is never behind one that was told
};

}  // namespace portside::wire
