#pragma once
// What tests of whole campaigns ask for, beside the check that each is about.

#include <filesystem>

#include "support/shared_lines.h"
#include "verify/request.h"

namespace portside::testing_support {

inline verify::Request campaign_request(const std::filesystem::path& driver) {
  verify::Request request;
  request.driver.driver = driver;
  request.command = "portside verify --driver x.inf";
  request.budget = std::chrono::hours(1);  // a test does not depend on the speed of the machine
  request.source_lines = shared_lines();
  return request;
}

}  // namespace portside::testing_support
