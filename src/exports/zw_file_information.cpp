// What is asked and told about files of the private drive C:.

#include <algorithm>
#include <cstring>

#include "exports/drive_file.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;
using kernel::FileFacts;

namespace {

ULONG attributes_of(const FileFacts& facts) {
  return facts.directory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE;
}

template <class T>
NTSTATUS give(const T& answer, PVOID buffer, ULONG length, PIO_STATUS_BLOCK io_status) {
  if (length < sizeof(T)) return STATUS_INFO_LENGTH_MISMATCH;
  std::memcpy(buffer, &answer, sizeof(T));
  io_status->Status = STATUS_SUCCESS;
  io_status->Information = sizeof(T);
  return STATUS_SUCCESS;
}

NTSTATUS give_name(const std::u16string& name, PVOID buffer, ULONG length, PIO_STATUS_BLOCK io_status) {
  constexpr ULONG kFixed = offsetof(FILE_NAME_INFORMATION, FileName);
  if (length < sizeof(FILE_NAME_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
  const std::u16string full = name.empty() ? u"\\" : name;
  const auto bytes = static_cast<ULONG>(full.size() * sizeof(WCHAR));
  const ULONG fits = std::min(bytes, length - kFixed);
  std::memcpy(buffer, &bytes, sizeof bytes);
  std::memcpy(static_cast<char*>(buffer) + kFixed, full.data(), fits);
  io_status->Status = fits < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
  io_status->Information = kFixed + fits;
  return io_status->Status;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                                      ULONG Length, FILE_INFORMATION_CLASS FileInformationClass) {
  constexpr const char* kApi = "ZwQueryInformationFile";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kFile, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto open = OpenDriveFile::of_handle(FileHandle, kApi);
  if (!open) return open.error().nt();
  auto facts = open->file().facts();
  if (!facts) return facts.error().nt();
  switch (FileInformationClass) {
    case FileBasicInformation: {
      FILE_BASIC_INFORMATION basic{};
      basic.CreationTime.QuadPart = facts->created;
      basic.LastAccessTime.QuadPart = facts->accessed;
      basic.LastWriteTime.QuadPart = facts->written;
      basic.ChangeTime.QuadPart = facts->changed;
      basic.FileAttributes = attributes_of(*facts);
      return give(basic, FileInformation, Length, IoStatusBlock);
    }
    case FileStandardInformation: {
      FILE_STANDARD_INFORMATION standard{};
      standard.AllocationSize.QuadPart = static_cast<LONGLONG>(facts->allocated_bytes);
      standard.EndOfFile.QuadPart = static_cast<LONGLONG>(facts->bytes);
      standard.NumberOfLinks = facts->links;
      standard.DeletePending = facts->delete_pending;
      standard.Directory = facts->directory;
      return give(standard, FileInformation, Length, IoStatusBlock);
    }
    case FilePositionInformation: {
      FILE_POSITION_INFORMATION position{};
      position.CurrentByteOffset.QuadPart = static_cast<LONGLONG>(open->file().position());
      return give(position, FileInformation, Length, IoStatusBlock);
    }
    case FileNetworkOpenInformation: {
      FILE_NETWORK_OPEN_INFORMATION all{};
      all.CreationTime.QuadPart = facts->created;
      all.LastAccessTime.QuadPart = facts->accessed;
      all.LastWriteTime.QuadPart = facts->written;
      all.ChangeTime.QuadPart = facts->changed;
      all.AllocationSize.QuadPart = static_cast<LONGLONG>(facts->allocated_bytes);
      all.EndOfFile.QuadPart = static_cast<LONGLONG>(facts->bytes);
      all.FileAttributes = attributes_of(*facts);
      return give(all, FileInformation, Length, IoStatusBlock);
    }
    case FileNameInformation: return give_name(open->body().name, FileInformation, Length, IoStatusBlock);
    default: return STATUS_INVALID_INFO_CLASS;
  }
}
NTSTATUS NTAPI ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                                    ULONG Length, FILE_INFORMATION_CLASS FileInformationClass) {
  constexpr const char* kApi = "ZwSetInformationFile";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kFile, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto open = OpenDriveFile::of_handle(FileHandle, kApi);
  if (!open) return open.error().nt();
  const auto apply = [&](const Result<>& result) { return finish(status_of(result), 0, IoStatusBlock, nullptr, kApi); };
  switch (FileInformationClass) {
    case FilePositionInformation:
      if (Length < sizeof(FILE_POSITION_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
      return apply(open->file().set_position(
          static_cast<uint64_t>(static_cast<PFILE_POSITION_INFORMATION>(FileInformation)->CurrentByteOffset.QuadPart)));
    case FileEndOfFileInformation:
      if (Length < sizeof(FILE_END_OF_FILE_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
      return apply(open->file().set_end(
          static_cast<uint64_t>(static_cast<PFILE_END_OF_FILE_INFORMATION>(FileInformation)->EndOfFile.QuadPart)));
    case FileDispositionInformation:
      if (Length < sizeof(FILE_DISPOSITION_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
      return apply(
          open->file().set_delete_pending(static_cast<PFILE_DISPOSITION_INFORMATION>(FileInformation)->DeleteFile));
    case FileBasicInformation:
      if (Length < sizeof(FILE_BASIC_INFORMATION)) return STATUS_INFO_LENGTH_MISMATCH;
      return apply({});  // times and attributes stay the host's
    default: return STATUS_INVALID_INFO_CLASS;
  }
}
NTSTATUS NTAPI ZwQueryFullAttributesFile(POBJECT_ATTRIBUTES ObjectAttributes,
                                         PFILE_NETWORK_OPEN_INFORMATION FileInformation) {
  constexpr const char* kApi = "ZwQueryFullAttributesFile";
  HANDLE handle = nullptr;
  IO_STATUS_BLOCK io_status{};
  NTSTATUS status =
      create_file(kApi, &handle, ObjectAttributes, &io_status, {FILE_READ_ATTRIBUTES, FILE_SHARE_READ, FILE_OPEN, 0});
  if (!NT_SUCCESS(status)) return status;
  status =
      ZwQueryInformationFile(handle, &io_status, FileInformation, sizeof *FileInformation, FileNetworkOpenInformation);
  (void)services().objects().close_handle(handle, kApi);
  return status;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kZwFileInformationRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ZwQueryInformationFile,
                   "files of C: alone; the basic, standard, position, name and network-open classes"),
    EXPORT_PARTIAL(
        NtosKrnl, ZwSetInformationFile,
        "files of C: alone; the position, end-of-file and disposition classes; basic is accepted and not kept"),
    EXPORT(NtosKrnl, ZwQueryFullAttributesFile),
};
}  // namespace
const ExportSet kZwFileInformationExports{kZwFileInformationRows};
}  // namespace portside::exports
