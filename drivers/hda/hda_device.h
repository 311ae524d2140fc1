// HdaDevice: a controller, the codecs behind it, and the endpoints that were found in them. The miniports share it, and
// it goes with the last of them.
#pragma once

#include "com_object.h"
#include "controller.h"
#include "endpoint.h"

class HdaDevice final : public Counted<HdaDevice> {
 public:
  static constexpr ULONG kMaxEndpoints = 8;

  // PASSIVE_LEVEL, all of it. The device comes with one reference.
  static NTSTATUS create(PDEVICE_OBJECT device, PRESOURCELIST resources, HdaDevice** result);
  ~HdaDevice();

  ULONG endpoint_count() const { return endpoint_count_; }
  Endpoint& endpoint(ULONG index) { return endpoints_[index]; }
  Controller& controller() { return controller_; }

  void suspend();
  void resume();
  void let_go() { controller_.let_go(); }

  // Who is to be told of a sleep, and of the way back. A stream, between its creation and its end.
  struct Sleeper {
    LIST_ENTRY link;
    void (*wake)(void* context);
    void* context;
  };
  void add_sleeper(Sleeper& sleeper);
  void remove_sleeper(Sleeper& sleeper);

 private:
  HdaDevice();
  NTSTATUS find_codecs();
  void find_endpoints(Codec& codec);
  bool is_taken(const Codec& codec, UCHAR node) const;
  static void on_unsolicited(void* context, UCHAR codec, ULONG response);
  void jack_spoke(UCHAR codec, UCHAR tag);

  Controller controller_;
  Codec codecs_[Controller::kMaxCodecs];
  ULONG codec_count_ = 0;
  Endpoint endpoints_[kMaxEndpoints];
  ULONG endpoint_count_ = 0;
  FAST_MUTEX sleepers_mutex_;
  LIST_ENTRY sleepers_;
};
