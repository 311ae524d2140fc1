#include <filesystem>
#include <fstream>

#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

struct ZwFileTest : ExportFixture {
  NTSTATUS create(HANDLE* handle, std::u16string_view path, ACCESS_MASK access, ULONG disposition,
                  ULONG options = FILE_SYNCHRONOUS_IO_NONALERT, HANDLE root = nullptr) {
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root, nullptr);
    return ZwCreateFile(handle, access | SYNCHRONIZE, &attributes, &io, nullptr, FILE_ATTRIBUTE_NORMAL, 0, disposition,
                        options, nullptr, 0);
  }
  IO_STATUS_BLOCK io{};
};

TEST_F(ZwFileTest, WritesAndReads) {
  run([&] {
    HANDLE file = nullptr;
    ASSERT_EQ(create(&file, u"\\DriverData\\Cable\\out.wav", GENERIC_WRITE, FILE_OVERWRITE_IF),
              STATUS_OBJECT_PATH_NOT_FOUND);
    ASSERT_EQ(create(&file, u"\\DriverData\\out.wav", GENERIC_READ | GENERIC_WRITE, FILE_OVERWRITE_IF), STATUS_SUCCESS);
    EXPECT_EQ(io.Information, static_cast<ULONG_PTR>(FILE_CREATED));
    char text[] = "RIFF....WAVE";
    EXPECT_EQ(ZwWriteFile(file, nullptr, nullptr, nullptr, &io, text, 12, nullptr, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(io.Information, 12u);
    LARGE_INTEGER offset;
    offset.QuadPart = 4;
    EXPECT_EQ(ZwWriteFile(file, nullptr, nullptr, nullptr, &io, text, 4, &offset, nullptr), STATUS_SUCCESS);
    offset.HighPart = -1;
    offset.LowPart = FILE_WRITE_TO_END_OF_FILE;
    EXPECT_EQ(ZwWriteFile(file, nullptr, nullptr, nullptr, &io, text, 1, &offset, nullptr), STATUS_SUCCESS);
    char back[32] = {};
    offset.QuadPart = 0;
    EXPECT_EQ(ZwReadFile(file, nullptr, nullptr, nullptr, &io, back, sizeof back, &offset, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(io.Information, 13u);
    EXPECT_STREQ(back, "RIFFRIFFWAVER");
    EXPECT_EQ(ZwReadFile(file, nullptr, nullptr, nullptr, &io, back, sizeof back, nullptr, nullptr),
              STATUS_END_OF_FILE);
    FILE_STANDARD_INFORMATION standard;
    EXPECT_EQ(ZwQueryInformationFile(file, &io, &standard, sizeof standard, FileStandardInformation), STATUS_SUCCESS);
    EXPECT_EQ(standard.EndOfFile.QuadPart, 13);
    EXPECT_EQ(ZwQueryInformationFile(file, &io, &standard, 3, FileStandardInformation), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(ZwQueryInformationFile(file, &io, &standard, sizeof standard, FilePipeInformation),
              STATUS_INVALID_INFO_CLASS);
    EXPECT_EQ(ZwClose(file), STATUS_SUCCESS);
  });
  EXPECT_TRUE(std::filesystem::exists(services_->files().root() / "Windows/System32/Drivers/DriverData/out.wav"));
  EXPECT_TRUE(services_->objects().live_handles().empty());
  EXPECT_TRUE(object_mistakes.seen.empty());
}

TEST_F(ZwFileTest, ArgumentsThatExcludeEachOther) {
  run([&] {
    HANDLE file = nullptr;
    EXPECT_EQ(create(&file, u"\\??\\C:\\f", GENERIC_WRITE, 9), STATUS_INVALID_PARAMETER);
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, u"\\??\\C:\\Folder");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    EXPECT_EQ(ZwCreateFile(&file, 0, &attributes, &io, nullptr, FILE_ATTRIBUTE_NORMAL, 0, FILE_OPEN_IF,
                           FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0),
              STATUS_SUCCESS)
        << "an access of 0";
    EXPECT_EQ(ZwClose(file), STATUS_SUCCESS);
    EXPECT_EQ(create(&file, u"\\??\\C:\\f", GENERIC_WRITE, FILE_CREATE,
                     FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(create(&file, u"\\??\\C:\\f", GENERIC_WRITE, FILE_CREATE, FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(create(&file, u"\\??\\C:\\f", FILE_READ_DATA, FILE_CREATE, FILE_DELETE_ON_CLOSE),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(create(&file, u"", GENERIC_READ, FILE_OPEN), STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(create(&file, u"C:\\f", GENERIC_READ, FILE_OPEN), STATUS_OBJECT_PATH_SYNTAX_BAD);
    EXPECT_EQ(create(&file, u"\\??\\C:\\f", GENERIC_READ, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(io.Information, static_cast<ULONG_PTR>(FILE_DOES_NOT_EXIST));
    EXPECT_EQ(create(&file, u"\\??\\C:\\..\\f", GENERIC_WRITE, FILE_CREATE), STATUS_OBJECT_NAME_INVALID);
    EXPECT_EQ(create(&file, u"\\Device\\Nothing", GENERIC_READ, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
  });
}

TEST_F(ZwFileTest, AnAsynchronousFileHasNoPosition) {
  run([&] {
    HANDLE file = nullptr;
    ASSERT_EQ(create(&file, u"\\??\\C:\\f", GENERIC_WRITE, FILE_CREATE, 0), STATUS_SUCCESS);
    char byte = 1;
    EXPECT_EQ(ZwWriteFile(file, nullptr, nullptr, nullptr, &io, &byte, 1, nullptr, nullptr), STATUS_INVALID_PARAMETER);
    LARGE_INTEGER offset{};
    HANDLE event = nullptr;
    ASSERT_EQ(ZwCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE), STATUS_SUCCESS);
    EXPECT_EQ(ZwWriteFile(file, event, nullptr, nullptr, &io, &byte, 1, &offset, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ZwWaitForSingleObject(event, FALSE, &offset), STATUS_SUCCESS) << "the event is set";
    EXPECT_EQ(ZwReadFile(file, nullptr, nullptr, nullptr, &io, &byte, 1, &offset, nullptr), STATUS_ACCESS_DENIED);
    EXPECT_EQ(ZwClose(event), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(file), STATUS_SUCCESS);
  });
}

TEST_F(ZwFileTest, FoldersDeletionAndFileObjects) {
  run([&] {
    HANDLE folder = nullptr, file = nullptr;
    ASSERT_EQ(create(&folder, u"\\??\\C:\\Logs", FILE_LIST_DIRECTORY, FILE_OPEN_IF,
                     FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT),
              STATUS_SUCCESS);
    ASSERT_EQ(create(&file, u"a.log", GENERIC_WRITE | DELETE, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, folder),
              STATUS_SUCCESS);
    PVOID body = nullptr;
    ASSERT_EQ(ObReferenceObjectByHandle(file, 0, *IoFileObjectType, KernelMode, &body, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(text_of(static_cast<PFILE_OBJECT>(body)->FileName), u"\\Logs\\a.log");
    ObDereferenceObject(body);
    FILE_DISPOSITION_INFORMATION disposition{TRUE};
    EXPECT_EQ(ZwSetInformationFile(folder, &io, &disposition, sizeof disposition, FileDispositionInformation),
              STATUS_DIRECTORY_NOT_EMPTY);
    EXPECT_EQ(ZwSetInformationFile(file, &io, &disposition, sizeof disposition, FileDispositionInformation),
              STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(file), STATUS_SUCCESS);
    EXPECT_EQ(create(&file, u"\\??\\C:\\Logs\\a.log", GENERIC_READ, FILE_OPEN), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(ZwClose(folder), STATUS_SUCCESS);
    UNICODE_STRING name = unicode(u"\\??\\C:\\logs");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    EXPECT_EQ(ZwDeleteFile(&attributes), STATUS_SUCCESS);
    EXPECT_FALSE(std::filesystem::exists(services_->files().root() / "Logs"));
  });
}

TEST_F(ZwFileTest, AKeyIsNoFile) {
  run([&] {
    UNICODE_STRING name = unicode(u"\\Registry\\Machine\\Software");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    HANDLE key = nullptr;
    ASSERT_EQ(ZwOpenKey(&key, KEY_READ, &attributes), STATUS_SUCCESS);
    char byte = 0;
    EXPECT_EQ(ZwReadFile(key, nullptr, nullptr, nullptr, &io, &byte, 1, nullptr, nullptr), STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
  });
}

}  // namespace
}  // namespace portside::exports
