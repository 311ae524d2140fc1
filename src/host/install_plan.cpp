#include "host/install_plan.h"

#include "kernel/unicode.h"

namespace portside::host {

InstallPlan plan_without_inf(const InstallRequest& request) {
  InstallPlan plan;
  plan.image = request.driver;
  plan.service = request.driver.stem().string();
  plan.instances = request.instances;
  plan.device.description = plan.device.friendly_name = kernel::from_utf8(plan.service);
  plan.device.hardware_ids = {u"ROOT\\" + plan.device.description};
  return plan;
}

}  // namespace portside::host
