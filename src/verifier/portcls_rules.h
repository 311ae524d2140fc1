#pragma once
// PortClsRules: calls to PortCls that the documentation forbids, what a miniport says of its filter, and what a driver
// leaves behind.

#include "portcls/portcls_observer.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class PortClsRules final : public portcls::PortClsObserver {
 public:
  explicit PortClsRules(Verifier& verifier) : verifier_(verifier) {}
  void on_misuse(const portcls::MisuseEvent& event) override;
  void on_device_removed(PDEVICE_OBJECT device, const std::vector<portcls::LeakedObject>& leaked) override;
  void on_left_behind(const portcls::LeakedObject& left) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
