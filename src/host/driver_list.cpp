#include "host/driver_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

#include "host/device_installation.h"
#include "io/io.h"
#include "kernel/file_system.h"
#include "kernel/services.h"
#include "kernel/unicode.h"
#include "loader/image.h"

namespace portside::host {

InstalledDriver* DriverList::find(std::string_view service) {
  const std::u16string wanted = kernel::from_utf8(service);
  for (InstalledDriver& driver : drivers_)
    if (kernel::equal_ignoring_case(kernel::from_utf8(driver.service), wanted)) return &driver;
  return nullptr;
}

Result<> DriverList::load(InstalledDriver& driver) {
  io::DriverSpec spec;
  spec.name = driver.service;
  spec.entry = driver.image->entry<DRIVER_INITIALIZE>();
  spec.image_start = reinterpret_cast<void*>(driver.image->base());
  spec.image_bytes = driver.image->image_bytes();
  auto created = io_.drivers().create(spec);
  if (!created)
    return fail(Status(created.error().code(), fmt::format("DriverEntry failed: {}", created.error().to_string())));
  driver.object = *created;
  driver.image->discard_init();
  return {};
}

Result<> DriverList::add_device(InstalledDriver& driver, const InstallPlan& plan) {
  TRY_ASSIGN(io::DeviceNode * node, io_.pnp().add_root_device(plan.device));
  driver.devices.push_back({&driver, node});
  const Result<> started = [&]() -> Result<> {
    TRY(write_device(io_, *node, plan));
    if (!driver.object) TRY(load(driver));
    if (auto ran = io_.pnp().start(*node, driver.object); !ran)
      return fail(Status(ran.error().code(), fmt::format("the device did not start: {}",
                                                         ran.error().sentence().empty() ? ran.error().to_string()
                                                                                        : ran.error().sentence())));
    return {};
  }();
  if (started) return {};
  Status why = started.error();
  (void)remove(driver.devices.back());
  return fail(std::move(why));
}

namespace {

// Onto C:, as Windows does before it starts the device.
Result<> copy_file(kernel::FileSystem& drive, const PackageFile& file) {
  std::ifstream in(file.source, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in && !in.eof()) return fail(StatusCode::kNotFound, "it cannot be read");
  std::string path = "\\??\\";
  std::istringstream steps(file.folder);
  for (std::string step; std::getline(steps, step, '\\');) {
    path += step;
    if (!path.ends_with(':'))
      TRY(drive.open(kernel::from_utf8(path),
                     {.disposition = kernel::FileDisposition::kOpenIf, .must_be_directory = true, .read = true}));
    path += '\\';
  }
  TRY_ASSIGN(const auto opened, drive.open(kernel::from_utf8(path + file.name),
                                           {.disposition = kernel::FileDisposition::kOverwriteIf, .write = true}));
  TRY(opened.file->write(std::as_bytes(std::span(bytes)), 0));
  return {};
}

}  // namespace

Result<InstalledDriver*> DriverList::install(const InstallPlan& plan, loader::Image* image) {
  InstalledDriver* driver = find(plan.service);
  if (plan.installation) TRY(write_services(*plan.installation));
  if (!driver)
    driver = &drivers_.emplace_back(InstalledDriver{plan.service, plan.image, plan.inf_file, {}, image, nullptr, {}});
  if (plan.installation) driver->notes = plan.installation->notes;
  for (const PackageFile& file : plan.files)
    if (const auto copied = copy_file(current<kernel::Services>().files(), file); !copied)
      driver->notes.push_back(fmt::format("{}, which the INF's CopyFiles names, is not copied to {}: {}",
                                          file.source.filename().string(), file.folder, copied.error().sentence()));
  for (uint32_t i = 0; i < plan.instances; ++i) {
    if (Result<> added = add_device(*driver, plan); !added) {
      Status why = added.error();
      for (; i > 0; --i) (void)remove(driver->devices.back());
      if (driver->devices.empty()) (void)remove(*driver);
      return fail(std::move(why));
    }
  }
  return driver;
}

Result<> DriverList::remove(InstalledDevice& device) {
  TRY(io_.pnp().remove(*device.node));
  // A device that has been gone for long may have a successor at its place.
  if (!io_.pnp().find_by_instance(device.node->instance_path)) forget_device(io_, *device.node);
  device.driver->devices.remove_if([&](const InstalledDevice& d) { return &d == &device; });
  return {};
}

Result<> DriverList::remove(InstalledDriver& driver) {
  while (!driver.devices.empty()) TRY(remove(driver.devices.back()));
  if (driver.object) TRY(io_.drivers().unload(driver.object));
  drivers_.remove_if([&](const InstalledDriver& d) { return &d == &driver; });
  return {};
}

Result<> DriverList::remove_all() {
  while (!drivers_.empty()) TRY(remove(drivers_.back()));
  return {};
}

}  // namespace portside::host
