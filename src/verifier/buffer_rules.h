#pragma once
// BufferRules: the cyclic buffer that a miniport hands out: what it is, how large, and that nobody writes beside it.

#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class BufferRules final : public portcls::StreamObserver {
 public:
  BufferRules(Verifier& verifier, const StreamBook& book) : verifier_(verifier), book_(book) {}

  void on_buffer_allocated(const portcls::BufferInfo& buffer) override;
  void on_buffer_overrun(const portcls::BufferOverrun& overrun) override;
  void on_page_call(const portcls::PageCall& call) override;

 private:
  Verifier& verifier_;
  const StreamBook& book_;
};

}  // namespace portside::verifier
