#pragma once
// The models of ours that can be put under a driver by name: `--device model:NAME`. A model is a row of the table in models.cpp.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hardware/device_host.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

struct ModelOptions {
  std::vector<std::string> options;  // "NAME=VALUE", as they stand behind the model's name
  std::filesystem::path heard;       // a WAV of what the device plays; empty: it is dropped
  std::filesystem::path spoken;  // a WAV (16 bits, two channels) that the device hears, again and again; empty: silence
};

struct Model {
  std::string_view name;
  std::string_view about;
  Result<std::unique_ptr<PciFunction>> (*make)(DeviceHost& host, const ModelOptions& options);
};

std::span<const Model> models();
// Null: there is none of this name.
const Model* find_model(std::string_view name);

}  // namespace portside::hardware
