#include "memory/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/reason.h"

namespace portside::memory {

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
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Segment::mapped(void* base, uint64_t bytes) const {
  if (pages_ == PageSize::kSmall) (void)::madvise(base, bytes, MADV_NOHUGEPAGE);  // a kernel without huge pages refuses
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
  given_away_ = true;
  if (::fcntl(descriptor_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 &&
      (::fcntl(descriptor_, F_GET_SEALS) & F_SEAL_SHRINK) == 0)
    return refuse(MemoryReason::kHostRefused, fmt::format("shared memory could not be sealed: {}", strerror(errno)));
  Descriptor copy(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
  if (!copy) return refuse(MemoryReason::kHostRefused, fmt::format("the host gave no descriptor: {}", strerror(errno)));
  return copy;
}

void Segment::discard(uint64_t offset, uint64_t bytes) {
  if (descriptor_ >= 0)
    ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                static_cast<off_t>(bytes));
}

}  // namespace portside::memory
