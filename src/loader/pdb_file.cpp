#include "loader/pdb_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace portside::loader {
namespace {

// "The MSF File Format", "The PDB Info Stream", "The PDB DBI Stream" (LLVM's documentation).
class MsfReader {
 public:
  explicit MsfReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  Result<> open() {
    static constexpr char kMagic[] =
        "Microsoft C/C++ MSF 7.00\r\n\x1A"
        "DS\0\0";
    if (bytes_.size() < 56 || std::memcmp(bytes_.data(), kMagic, 32) != 0)
      return refuse("it is no PDB (MSF 7.00) file");
    block_bytes_ = word(32);
    const uint32_t directory_bytes = word(44);
    const uint64_t map = uint64_t{word(52)} * block_bytes_;
    if (block_bytes_ < 512 || block_bytes_ > 32768 || (block_bytes_ & (block_bytes_ - 1)))
      return refuse(fmt::format("its block size is {}", block_bytes_));
    const uint64_t blocks = blocks_for(directory_bytes);
    if (blocks * block_bytes_ > bytes_.size() || map + blocks * 4 > bytes_.size())
      return refuse("its directory lies outside it");
    directory_.reserve(directory_bytes / 4 + 1);
    for (uint64_t i = 0; i < blocks; ++i) {
      const uint64_t at = uint64_t{word(map + i * 4)} * block_bytes_;
      if (at + block_bytes_ > bytes_.size()) return refuse("its directory lies outside it");
      for (uint32_t k = 0; k < block_bytes_ && directory_.size() < directory_bytes / 4; k += 4)
        directory_.push_back(word(at + k));
    }
    if (directory_.empty() || directory_[0] >= directory_.size()) return refuse("its directory is broken");
    return {};
  }

  // The first `count` bytes of a stream.
  Result<std::vector<uint8_t>> head_of(uint32_t stream, uint32_t count) const {
    const uint32_t streams = directory_[0];
    if (stream >= streams) return refuse(fmt::format("it has no stream {}", stream));
    constexpr uint32_t kAbsent = 0xFFFFFFFF;
    uint64_t index = 1 + uint64_t{streams};
    for (uint32_t i = 0; i < stream; ++i)
      if (directory_[1 + i] != kAbsent) index += blocks_for(directory_[1 + i]);
    const uint32_t bytes = directory_[1 + stream];
    if (bytes == kAbsent || bytes < count || count > block_bytes_)
      return refuse(fmt::format("its stream {} is too short", stream));
    if (index >= directory_.size()) return refuse("its directory is broken");
    const uint64_t at = uint64_t{directory_[index]} * block_bytes_;
    if (at + count > bytes_.size()) return refuse(fmt::format("its stream {} lies outside it", stream));
    return std::vector<uint8_t>(bytes_.begin() + static_cast<ptrdiff_t>(at),
                                bytes_.begin() + static_cast<ptrdiff_t>(at + count));
  }

  static std::unexpected<Status> refuse(const std::string& why) { return fail(StatusCode::kInvalidImageFormat, why); }

 private:
  uint32_t word(uint64_t offset) const {
    uint32_t value = 0;
    if (offset + 4 <= bytes_.size()) std::memcpy(&value, bytes_.data() + offset, 4);
    return value;
  }
  uint64_t blocks_for(uint32_t bytes) const { return (uint64_t{bytes} + block_bytes_ - 1) / block_bytes_; }

  std::span<const uint8_t> bytes_;
  uint32_t block_bytes_ = 0;
  std::vector<uint32_t> directory_;
};

}  // namespace

Result<PdbIdentity> PdbIdentity::parse(std::span<const uint8_t> bytes) {
  MsfReader msf(bytes);
  TRY(msf.open());
  constexpr uint32_t kInfoStream = 1, kDebugStream = 3;
  TRY_ASSIGN(const std::vector<uint8_t> info, msf.head_of(kInfoStream, 28));
  PdbIdentity identity;
  std::memcpy(&identity.age, info.data() + 8, 4);
  std::memcpy(identity.guid.data(), info.data() + 12, 16);
  // Tools that edit a PDB raise the info stream's age; the image's stays with the debug stream's.
  if (const auto debug = msf.head_of(kDebugStream, 12)) std::memcpy(&identity.age, debug->data() + 8, 4);
  return identity;
}

Result<PdbIdentity> PdbIdentity::read(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(StatusCode::kObjectNameNotFound, strerror(errno));
  struct stat status{};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
    close(fd);
    return MsfReader::refuse("it is no PDB (MSF 7.00) file");
  }
  const auto bytes = static_cast<size_t>(status.st_size);
  void* memory = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return fail(StatusCode::kNoMemory, strerror(errno));
  auto identity = parse({static_cast<const uint8_t*>(memory), bytes});
  munmap(memory, bytes);
  return identity;
}

std::string PdbIdentity::to_string() const {
  uint32_t a;
  uint16_t b, c;
  std::memcpy(&a, guid.data(), 4);
  std::memcpy(&b, guid.data() + 4, 2);
  std::memcpy(&c, guid.data() + 6, 2);
  std::string text = fmt::format("{{{:08X}-{:04X}-{:04X}-{:02X}{:02X}-", a, b, c, guid[8], guid[9]);
  for (unsigned i = 10; i < 16; ++i) text += fmt::format("{:02X}", guid[i]);
  return text + fmt::format("}} age {}", age);
}

}  // namespace portside::loader
