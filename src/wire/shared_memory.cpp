#include "wire/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace portside::wire {
namespace {

constexpr uint64_t kPage = 4096;

std::unexpected<Status> host_refused(const char* what) {
  return fail(StatusCode::kInsufficientResources, std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

bool seal_size(int descriptor) {
  return ::fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}

Result<SharedMemory> SharedMemory::create(const char* name, uint64_t bytes) {
  Descriptor descriptor(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor || ::ftruncate(descriptor.get(), static_cast<off_t>(bytes)) != 0 || !seal_size(descriptor.get()))
    return host_refused("no shared memory");
  return map(std::move(descriptor), 0, bytes);
}

Result<uint64_t> SharedMemory::sealed_bytes(const Descriptor& descriptor) {
  struct stat facts{};
  const int seals = ::fcntl(descriptor.get(), F_GET_SEALS);
  if (seals < 0 || !(seals & F_SEAL_SHRINK))
    return fail(StatusCode::kInvalidParameter, "memory that was passed could shrink while it is used");
  if (::fstat(descriptor.get(), &facts) != 0) return host_refused("memory that was passed cannot be looked at");
  return static_cast<uint64_t>(facts.st_size);
}

Result<SharedMemory> SharedMemory::map(Descriptor descriptor, uint64_t offset, uint64_t bytes, Access access) {
  TRY_ASSIGN(const uint64_t size, sealed_bytes(descriptor));
  if (bytes == 0 || offset > size || bytes > size - offset)
    return fail(StatusCode::kInvalidParameter, "memory that was passed is smaller than it was said to be");
  SharedMemory memory;
  const uint64_t first = offset / kPage * kPage, end = (offset + bytes + kPage - 1) / kPage * kPage;
  void* base = ::mmap(nullptr, end - first, access == Access::kReadOnly ? PROT_READ : PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, descriptor.get(), static_cast<off_t>(first));
  if (base == MAP_FAILED) return host_refused("memory that was passed cannot be mapped");
  memory.descriptor_ = std::move(descriptor);
  memory.base_ = static_cast<std::byte*>(base);
  memory.mapped_ = end - first;
  memory.skip_ = offset - first;
  memory.bytes_ = bytes;
  return memory;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept { *this = std::move(other); }
SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(base_, other.base_);
  std::swap(mapped_, other.mapped_);
  std::swap(skip_, other.skip_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
SharedMemory::~SharedMemory() {
  if (base_) ::munmap(base_, mapped_);
}

}  // namespace portside::wire
