#pragma once
// PageRules: the contract of IPortWaveRTStream's seven methods, and of the Mm functions that may not stand in for them.

#include <unordered_map>

#include "memory/memory_observer.h"
#include "portcls/stream_observer.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class PageRules final : public portcls::StreamObserver, public memory::MemoryObserver {
 public:
  explicit PageRules(Verifier& verifier) : verifier_(verifier) {}

  void on_page_call(const portcls::PageCall& call) override;
  void on_buffer_allocated(const portcls::BufferInfo& buffer) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

  void on_pages_allocated(const memory::MdlRecord& record) override;
  void on_pages_freed(const memory::MdlRecord& record) override;
  void on_mishap(const memory::MemoryMishap& mishap) override;

 private:
  Verifier& verifier_;
  Mutex mutex_;
  // What each live MDL of a port really holds: the judge of what a miniport says of its buffer.
  std::unordered_map<const void*, memory::MdlRecord> live_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
