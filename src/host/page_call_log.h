#pragma once
// PageCallLog: every call of a driver to IPortWaveRTStream, in order, with its arguments and its result, as lines; and
// the pages of each cyclic buffer. Subscribed from its construction to its end.

#include <map>
#include <string>
#include <vector>

#include "memory/memory_observer.h"
#include "portcls/stream_observer.h"

namespace portside::host {

class Machine;

class PageCallLog final : public portcls::StreamObserver, public memory::MemoryObserver {
 public:
  struct Buffer {
    portcls::StreamId stream = 0;
    uint64_t bytes = 0;
    std::string cache_type;
    std::vector<PhysicalAddress> pages;  // in MDL order
  };

  explicit PageCallLog(Machine& machine);
  ~PageCallLog() override;
  PageCallLog(const PageCallLog&) = delete;
  PageCallLog& operator=(const PageCallLog&) = delete;

  void on_stream_opened(const portcls::StreamInfo& stream) override;
  void on_page_call(const portcls::PageCall& call) override;
  void on_buffer_allocated(const portcls::BufferInfo& buffer) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;
  void on_pages_allocated(const memory::MdlRecord& record) override;

  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<Buffer>& buffers() const { return buffers_; }

 private:
  std::string mdl_name(const void* mdl);
  Machine& machine_;
  std::vector<std::string> lines_;
  std::vector<const void*> mdls_;
  std::vector<Buffer> buffers_;
  std::map<const void*, std::vector<uint64_t>> pfns_;  // of the MDLs allocated last at each address
};

}  // namespace portside::host
