#pragma once
// PinFile: a pin that a client opened on a wave filter, and its stream.

#include <memory>

#include "ks/pin_connect.h"
#include "portcls/com_ptr.h"
#include "portcls/ks_file.h"
#include "portcls/wavert_stream.h"

namespace portside::portcls {

class Adapter;

class PinFile final : public KsFile {
 public:
  // `parameters`: KSPIN_CONNECT, KSDATAFORMAT and perhaps attributes. Everything is checked before the miniport sees it.
  static Result<std::unique_ptr<PinFile>> create(FilterFile& filter, FILE_OBJECT* file,
                                                 std::span<const std::byte> parameters);
  ~PinFile() override;

  Port& port() const override { return port_; }
  PinFile* as_pin() override { return this; }
  NTSTATUS property(std::unique_ptr<ks::PropertyCall> call) override;
  NTSTATUS enable_event(const ks::EventRequest& request) override;
  NTSTATUS disable_event(PIRP irp, void* client_data) override;
  void close(PIRP irp) override;

  uint32_t pin_id() const { return pin_; }
  WaveRtStream& stream() { return *stream_; }
  void suspend() {
    if (stream_) stream_->suspend();
  }
  void resume() {
    if (stream_) stream_->resume();
  }
  // The device is gone: the stream ends, the file stays until its client closes it.
  void end_stream();
  bool ended() const { return !stream_; }

 private:
  PinFile(FilterFile& filter, Adapter& adapter, FILE_OBJECT* file, uint32_t pin);

  FilterFile& filter_;
  FILE_OBJECT* filter_file_;  // referenced: a filter's file outlives its pins
  Adapter& adapter_;
  Port& port_;
  ComPtr<IUnknown> reference_;
  uint32_t pin_;
  std::unique_ptr<WaveRtStream> stream_;
};

}  // namespace portside::portcls
