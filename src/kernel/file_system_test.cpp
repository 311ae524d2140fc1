#include "kernel/file_system.h"

#include <gtest/gtest.h>

#include <fstream>

namespace portside::kernel {
namespace {

using std::filesystem::path;

struct FileSystemTest : ::testing::Test {
  std::unique_ptr<FileSystem> files = FileSystem::create({}).value();
  static constexpr FileOpen kCreate{.disposition = FileDisposition::kCreate, .read = true, .write = true};
  static constexpr FileOpen kRead{.disposition = FileDisposition::kOpen, .read = true};

  StatusCode status_of(std::u16string_view name, const FileOpen& how) {
    auto opened = files->open(name, how);
    return opened ? StatusCode::kOk : opened.error().code();
  }
  void put(const path& name, std::string_view text) {
    std::filesystem::create_directories((files->root() / name).parent_path());
    std::ofstream(files->root() / name) << text;
  }
};

std::string read_all(HostFile& file) {
  std::string text(100, '\0');
  auto n = file.read(std::as_writable_bytes(std::span(text)), 0);
  text.resize(n.value_or(0));
  return text;
}

TEST_F(FileSystemTest, WritesWhatIsReadBack) {
  auto opened = files->open(u"\\??\\C:\\cable.log", kCreate).value();
  EXPECT_EQ(opened.action, FileAction::kCreated);
  EXPECT_EQ(opened.file->write(std::as_bytes(std::span("hello", 5)), std::nullopt).value(), 5u);
  EXPECT_EQ(opened.file->write(std::as_bytes(std::span(" you", 4)), std::nullopt).value(), 4u)
      << "the position moves on";
  EXPECT_EQ(read_all(*opened.file), "hello you");
  std::byte none[4];
  EXPECT_EQ(opened.file->read(none, 9).error().code(), StatusCode::kEndOfFile);
  EXPECT_EQ(opened.file->read(none, 6).value(), 3u) << "the rest, shorter than asked";
  EXPECT_EQ(opened.file->facts()->bytes, 9u);
  EXPECT_TRUE(opened.file->set_end(4));
  EXPECT_EQ(read_all(*opened.file), "hell");
  EXPECT_EQ(files->open(u"\\DosDevices\\C:\\CABLE.LOG", kRead)->action, FileAction::kOpened);
}

TEST_F(FileSystemTest, EveryNameOfTheDrive) {
  put("Windows/System32/Drivers/DriverData/x.wav", "x");
  EXPECT_TRUE(files->open(u"\\SystemRoot\\System32\\drivers\\DriverData\\x.wav", kRead));
  EXPECT_TRUE(files->open(u"\\DriverData\\X.WAV", kRead));
  EXPECT_TRUE(files->open(u"\\Device\\HarddiskVolume1\\windows\\system32\\Drivers\\driverdata\\x.wav", kRead));
  EXPECT_FALSE(FileSystem::is_on_drive(u"\\Device\\Cable"));
  EXPECT_FALSE(FileSystem::is_on_drive(u"\\??\\C:x")) << "no path relative to a drive";
  EXPECT_FALSE(FileSystem::is_on_drive(u"\\SystemRootX\\y"));
  EXPECT_EQ(status_of(u"\\??\\D:\\x", kRead), StatusCode::kObjectPathNotFound);
  EXPECT_EQ(status_of(u"C:\\x", kRead), StatusCode::kObjectPathSyntaxBad);
}

TEST_F(FileSystemTest, MissingNamesAndMissingPathsDiffer) {
  EXPECT_EQ(status_of(u"\\??\\C:\\nothing", kRead), StatusCode::kObjectNameNotFound);
  EXPECT_EQ(status_of(u"\\??\\C:\\nothing\\x", kRead), StatusCode::kObjectPathNotFound);
  EXPECT_EQ(status_of(u"\\??\\C:\\nothing\\x", kCreate), StatusCode::kObjectPathNotFound);
}

TEST_F(FileSystemTest, Dispositions) {
  const auto with = [](FileDisposition disposition) {
    return FileOpen{.disposition = disposition, .read = true, .write = true};
  };
  const std::u16string_view name = u"\\??\\C:\\f";
  EXPECT_EQ(status_of(name, with(FileDisposition::kOverwrite)), StatusCode::kObjectNameNotFound);
  EXPECT_EQ(files->open(name, with(FileDisposition::kOpenIf))->action, FileAction::kCreated);
  EXPECT_EQ(files->open(name, with(FileDisposition::kOpenIf))->action, FileAction::kOpened);
  EXPECT_EQ(status_of(name, with(FileDisposition::kCreate)), StatusCode::kObjectNameCollision);
  put("f", "text");
  EXPECT_EQ(files->open(name, with(FileDisposition::kOpen))->file->facts()->bytes, 4u);
  EXPECT_EQ(files->open(name, with(FileDisposition::kOverwriteIf))->action, FileAction::kOverwritten);
  EXPECT_EQ(files->open(name, with(FileDisposition::kSupersede))->action, FileAction::kSuperseded);
  EXPECT_EQ(files->open(name, with(FileDisposition::kOpen))->file->facts()->bytes, 0u);
  EXPECT_EQ(status_of(name, {.disposition = static_cast<FileDisposition>(6)}), StatusCode::kInvalidParameter);
}

TEST_F(FileSystemTest, DirectoriesAndFilesAreToldApart) {
  FileOpen make{.disposition = FileDisposition::kCreate, .must_be_directory = true};
  EXPECT_EQ(files->open(u"\\??\\C:\\Dir", make)->action, FileAction::kCreated);
  put("Dir/file", "1");
  EXPECT_EQ(status_of(u"\\??\\C:\\dir", {.must_not_be_directory = true, .read = true}), StatusCode::kFileIsADirectory);
  EXPECT_EQ(status_of(u"\\??\\C:\\dir\\file", {.must_be_directory = true}), StatusCode::kNotADirectory);
  EXPECT_EQ(status_of(u"\\??\\C:\\dir\\file\\x", kRead), StatusCode::kObjectPathNotFound);
  EXPECT_EQ(status_of(u"\\??\\C:\\dir\\file\\", kRead), StatusCode::kObjectNameInvalid);
  auto dir = files->open(u"\\??\\C:\\dir", {.must_be_directory = true}).value();
  EXPECT_TRUE(dir.file->facts()->directory);
  EXPECT_TRUE(files->open_below(*dir.file, u"FILE", kRead));
  EXPECT_EQ(files->open_below(*dir.file, u"\\file", kRead).error().code(), StatusCode::kObjectPathSyntaxBad);
  EXPECT_EQ(dir.file->set_delete_pending(true).error().code(), StatusCode::kDirectoryNotEmpty);
}

TEST_F(FileSystemTest, NothingOutsideIsReachable) {
  put("inside/file", "1");
  std::filesystem::create_symlink("/etc", files->root() / "link");
  std::filesystem::create_symlink("/etc/passwd", files->root() / "passwd");
  EXPECT_EQ(status_of(u"\\??\\C:\\..\\etc\\passwd", kRead), StatusCode::kObjectNameInvalid);
  EXPECT_EQ(status_of(u"\\??\\C:\\inside\\..\\..\\x", kCreate), StatusCode::kObjectNameInvalid);
  EXPECT_EQ(status_of(u"\\??\\C:\\.\\x", kCreate), StatusCode::kObjectNameInvalid);
  EXPECT_EQ(status_of(u"\\??\\C:\\inside/../../x", kCreate), StatusCode::kObjectNameInvalid)
      << "a slash is no separator";
  EXPECT_EQ(status_of(u"\\??\\C:\\link\\passwd", kRead), StatusCode::kObjectPathNotFound);
  EXPECT_EQ(status_of(u"\\??\\C:\\passwd", kRead), StatusCode::kAccessDenied);
  EXPECT_EQ(status_of(u"\\??\\C:\\passwd", {.disposition = FileDisposition::kOverwriteIf, .write = true}),
            StatusCode::kAccessDenied);
  EXPECT_EQ(status_of(std::u16string(u"\\??\\C:\\a") + u'\0' + u"b", kCreate), StatusCode::kObjectNameInvalid);
}

TEST_F(FileSystemTest, AccessIsWhatWasAskedFor) {
  put("f", "text");
  auto reader = files->open(u"\\??\\C:\\f", kRead).value();
  EXPECT_EQ(reader.file->write(std::as_bytes(std::span("x", 1)), 0).error().code(), StatusCode::kAccessDenied);
  auto writer = files->open(u"\\??\\C:\\f", {.write = true}).value();
  std::byte b[1];
  EXPECT_EQ(writer.file->read(b, 0).error().code(), StatusCode::kAccessDenied);
  auto appender = files->open(u"\\??\\C:\\f", {.append = true}).value();
  EXPECT_TRUE(appender.file->write(std::as_bytes(std::span("!", 1)), 0));
  EXPECT_EQ(read_all(*reader.file), "text!");
}

TEST_F(FileSystemTest, ABadBufferIsAStatus) {
  put("f", "text");
  auto file = files->open(u"\\??\\C:\\f", {.read = true, .write = true}).value();
  auto* nowhere = reinterpret_cast<std::byte*>(0x10);
  EXPECT_EQ(file.file->read({nowhere, 4}, 0).error().code(), StatusCode::kAccessViolation);
  EXPECT_EQ(file.file->write({nowhere, 4}, 0).error().code(), StatusCode::kAccessViolation);
}

TEST_F(FileSystemTest, DeletionFollowsTheLastClose) {
  put("f", "text");
  auto file = files->open(u"\\??\\C:\\F", kRead).value();
  EXPECT_TRUE(file.file->set_delete_pending(true));
  EXPECT_TRUE(file.file->facts()->delete_pending);
  EXPECT_TRUE(std::filesystem::exists(files->root() / "f"));
  file.file.reset();
  EXPECT_FALSE(std::filesystem::exists(files->root() / "f"));
  {
    auto gone =
        files->open(u"\\??\\C:\\g", {.disposition = FileDisposition::kCreate, .write = true, .delete_on_close = true})
            .value();
  }
  EXPECT_FALSE(std::filesystem::exists(files->root() / "g"));
}

TEST_F(FileSystemTest, NamesBeyondAscii) {
  EXPECT_TRUE(files->open(u"\\??\\C:\\Größe.txt", kCreate));
  EXPECT_TRUE(files->open(u"\\??\\C:\\GRÖßE.TXT", kRead));
  EXPECT_TRUE(std::filesystem::exists(files->root() / "Größe.txt"));
}

TEST(FileSystem, ATemporaryDriveGoesWithItsOwner) {
  path root;
  {
    auto files = FileSystem::create({}).value();
    root = files->root();
    EXPECT_TRUE(std::filesystem::exists(root / "Windows"));
  }
  EXPECT_FALSE(std::filesystem::exists(root));
}

}  // namespace
}  // namespace portside::kernel
