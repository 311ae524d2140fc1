#pragma once
// What the tests of this layer share: INFs as text.

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "inf/inf_file.h"
#include "inf/installation.h"

namespace portside::inf {

inline Result<InfFile> parse(std::string_view text, uint16_t language = 0x0409) {
  return InfFile::parse(std::as_bytes(std::span(text)), "test.inf", language);
}

inline std::string error_of(const auto& result) { return result ? std::string("no error") : result.error().sentence(); }

// A whole INF for one device. Each argument is appended to its section.
struct Sample {
  std::string version, manufacturer = "%Maker% = Models,NTamd64\n", models, install, tail;

  std::string text() const {
    return "[Version]\nSignature=\"$Windows "
           "NT$\"\nClass=MEDIA\nClassGuid={4d36e96c-e325-11ce-bfc1-08002be10318}\nProvider=%Maker%\n" +
           version + "[Manufacturer]\n" + manufacturer + "[Models.NTamd64]\n\"A device\"=Dev,ROOT\\Test\n" + models +
           "[Dev.NT]\n" + install +
           "[Dev.NT.Services]\nAddService=Test,2,Service\n[Service]\nServiceType=1\nStartType=3\nErrorControl="
           "1\nServiceBinary=%13%\\test.sys\n" +
           tail + "\n[Strings]\nMaker=\"Maker\"\n";
  }
};

inline Result<Installation> install(const std::string& text, std::string_view id = {}, const Target& target = {}) {
  TRY_ASSIGN(const InfFile file, parse(text));
  TRY_ASSIGN(const auto models, read_models(file, target));
  TRY_ASSIGN(const Model model, choose_model(file, models, id));
  return read_installation(file, model, target);
}

}  // namespace portside::inf
