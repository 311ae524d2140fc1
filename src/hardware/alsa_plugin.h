#pragma once
// Where the ALSA plugin is through which QEMU's cards hear: beside the program where Portside is installed
// (PREFIX/lib/portside, for PREFIX/bin/portside), else in the build's folder.

#include <filesystem>

namespace portside::hardware {

// Empty: there is none; this build was made without ALSA's headers.
std::filesystem::path alsa_plugin();
// The one that belongs to a program of that path, whether it is there or not.
std::filesystem::path installed_alsa_plugin(const std::filesystem::path& program);

}  // namespace portside::hardware
