#pragma once
// PageCallLog: every call of a driver to IPortWaveRTStream, in order, with its arguments and its result, as lines.

#include <string>
#include <vector>

#include "portcls/stream_observer.h"

namespace portside::tools {

class PageCallLog final : public portcls::StreamObserver {
 public:
  struct Buffer {
    portcls::StreamId stream = 0;
    uint64_t bytes = 0;
    std::string cache;
    std::vector<uint64_t> pages;  // physical addresses
  };

  void on_stream_opened(const portcls::StreamInfo& stream) override;
  void on_page_call(const portcls::PageCall& call) override;
  void on_buffer_allocated(const portcls::BufferInfo& buffer) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<portcls::BufferInfo>& buffers() const { return buffers_; }

 private:
  std::string mdl_name(const void* mdl);
  std::vector<std::string> lines_;
  std::vector<const void*> mdls_;
  std::vector<portcls::BufferInfo> buffers_;
};

}  // namespace portside::tools
