#include "memory/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/reason.h"

namespace portside::memory {
namespace {

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

bool add_seals(int descriptor, int seals) { return ::fcntl(descriptor, F_ADD_SEALS, seals) == 0; }

Result<Descriptor> duplicate(int descriptor) {
  Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!copy) return refuse(MemoryReason::kHostRefused, fmt::format("the host gave no descriptor: {}", strerror(errno)));
  return copy;
}

}  // namespace

Result<std::shared_ptr<Segment>> Segment::create(const char* name, uint64_t bytes, PageSize pages) {
  const int descriptor = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0)
    return refuse(MemoryReason::kHostRefused, fmt::format("the host gave no shared memory: {}", strerror(errno)));
  if (::ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
    const int error = errno;
    ::close(descriptor);
    return refuse(MemoryReason::kHostRefused,
                  fmt::format("the host gave no {} bytes of shared memory: {}", bytes, strerror(error)));
  }
  return std::shared_ptr<Segment>(new Segment(descriptor, bytes, nullptr, pages));
}

std::shared_ptr<Segment> Segment::over_host_memory(void* base, uint64_t bytes) {
  return std::shared_ptr<Segment>(new Segment(-1, bytes, static_cast<std::byte*>(base), PageSize::kAny));
}

Segment::~Segment() {
  if (writable_) ::munmap(writable_, bytes_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::byte*> Segment::map(void* at, uint64_t offset, uint64_t bytes, ViewAccess access, bool populate) const {
  const bool writes = access == ViewAccess::kReadWrite;
  MutexLock lock(mutex_);
  void* mapped = MAP_FAILED;
  if (writes && writable_) {
    // mremap(2): of zero old bytes of a shared mapping it makes another one of the same pages; by the descriptor the seal
    // allows none that can be written to.
    mapped = at ? ::mremap(writable_ + offset, 0, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at)
                : ::mremap(writable_ + offset, 0, bytes, MREMAP_MAYMOVE);
  } else {
    mapped = ::mmap(at, bytes, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                    MAP_SHARED | (at ? MAP_FIXED : 0) | (populate ? MAP_POPULATE : 0), descriptor_,
                    static_cast<off_t>(offset));
  }
  if (mapped == MAP_FAILED)
    return refuse(MemoryReason::kHostRefused, fmt::format("the host mapped no {} bytes: {}", bytes, strerror(errno)));
  // A kernel without huge pages refuses.
  if (pages_ == PageSize::kSmall) (void)::madvise(mapped, bytes, MADV_NOHUGEPAGE);
  return static_cast<std::byte*>(mapped);
}

std::optional<uint64_t> Segment::next_touched(uint64_t offset) const {
  const off_t at = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  return at < 0 ? std::nullopt : std::optional(static_cast<uint64_t>(at));
}

uint64_t Segment::end_of_touched(uint64_t offset) const {
  const off_t at = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_HOLE);
  return at < 0 ? bytes_ : static_cast<uint64_t>(at);
}

bool Segment::read(uint64_t offset, std::span<std::byte> to) const {
  return ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(to.size());
}

Result<Descriptor> Segment::give_away() {
  if (descriptor_ < 0)
    return refuse(MemoryReason::kNotLocked, "memory of the host process has no descriptor to give away");
  MutexLock lock(mutex_);
  if (writable_) return refuse(MemoryReason::kNotLocked, "the memory is given away for reading alone");
  if (!add_seals(descriptor_, kSizeSeals) && (::fcntl(descriptor_, F_GET_SEALS) & F_SEAL_SHRINK) == 0)
    return refuse(MemoryReason::kHostRefused, fmt::format("shared memory could not be sealed: {}", strerror(errno)));
  given_away_ = others_write_ = true;
  return duplicate(descriptor_);
}

Result<Descriptor> Segment::give_to_read() {
  if (descriptor_ < 0)
    return refuse(MemoryReason::kNotLocked, "memory of the host process has no descriptor to give away");
  MutexLock lock(mutex_);
  if (!writable_) {
    if (others_write_) return refuse(MemoryReason::kNotLocked, "the memory is given away for writing");
    void* base = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (base == MAP_FAILED)
      return refuse(MemoryReason::kHostRefused,
                    fmt::format("the host mapped no {} bytes: {}", bytes_, strerror(errno)));
    // A descriptor opened for reading would not do: its holder, our own user, may open the file anew, as he likes. The seal is
    // the file's.
    if (!add_seals(descriptor_, kSizeSeals | F_SEAL_FUTURE_WRITE)) {
      const int error = errno;
      ::munmap(base, bytes_);
      return refuse(MemoryReason::kHostRefused,
                    fmt::format("shared memory could not be sealed against writing: {}", strerror(error)));
    }
    writable_ = static_cast<std::byte*>(base);
    given_away_ = true;
  }
  return duplicate(descriptor_);
}

void Segment::discard(uint64_t offset, uint64_t bytes) {
  if (descriptor_ >= 0)
    ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                static_cast<off_t>(bytes));
}

}  // namespace portside::memory
