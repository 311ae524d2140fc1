#pragma once
// FilterFile: a filter that a client opened: \name of a subdevice. Answers for its pin factories, topology and nodes.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "portcls/com_ptr.h"
#include "portcls/ks_file.h"

namespace portside::portcls {

class Adapter;

class FilterFile final : public KsFile {
 public:
  static Result<std::unique_ptr<FilterFile>> create(Port& port, FILE_OBJECT* file);

  Port& port() const override { return port_; }
  FilterFile* as_filter() override { return this; }
  NTSTATUS property(std::unique_ptr<ks::PropertyCall> call) override;
  NTSTATUS enable_event(const ks::EventRequest& request) override;
  NTSTATUS disable_event(PIRP irp, void* client_data) override;
  void close(PIRP irp) override;

  // How many pins of this factory are open on this filter.
  uint32_t& instances(uint32_t pin) { return instances_[pin]; }

 private:
  FilterFile(Port& port, FILE_OBJECT* file);

  Port& port_;
  ComPtr<IUnknown> reference_;
  std::vector<uint32_t> instances_;
};

// How many of a pin factory there are and may be (KSPROPERTY_PIN_CINSTANCES, _GLOBALCINSTANCES, _NECESSARYINSTANCES),
// after the miniport's IPinCount had its say.
struct PinCounts {
  ULONG filter_necessary = 0, filter_current = 0, filter_possible = 0, global_current = 0, global_possible = 0;
};
PinCounts pin_counts(FilterFile& filter, uint32_t pin);

}  // namespace portside::portcls
