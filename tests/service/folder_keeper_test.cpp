// What a keeper does beside a host, however that ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "service/folder_keeper.h"
#include "service/listener.h"

namespace portside {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class FolderKeeper : public testing::Test {
 protected:
  FolderKeeper() : socket_((folder_.path() / "host").string()) {
    std::ofstream(folder_.path() / "other") << "x";
    fs::create_directories(folder_.path() / "host.run" / "deep");
    std::ofstream(folder_.path() / "host.run" / "deep" / "file") << "x";
    auto listener = service::Listener::create(socket_);
    EXPECT_TRUE(listener) << listener.error().to_string();
    if (!listener) return;
    listener_ = std::move(*listener);
    auto keeper = service::FolderKeeper::start(*listener_, folder_.path() / "host.run");
    EXPECT_TRUE(keeper) << keeper.error().to_string();
    if (keeper) keeper_ = std::move(*keeper);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename());
    return names;
  }
  std::string listed() const {
    std::ifstream in(socket_ + ".alsa.conf");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  TemporaryFolder folder_;
  std::string socket_;
  std::unique_ptr<service::FolderKeeper> keeper_;
  std::unique_ptr<service::Listener> listener_;
};

TEST_F(FolderKeeper, ClearsAwayWhatIsTheHosts) {
  ASSERT_TRUE(keeper_);
  listener_->leave_files_to(*keeper_);
  keeper_->list(std::vector<EndpointInfo>{{.id = "speaker", .name = "Speaker"}});
  EXPECT_THAT(files(), testing::IsSupersetOf({"host", "host.lock", "host.run", "other"}));
  listener_.reset();
  keeper_.reset();
  EXPECT_THAT(files(), testing::ElementsAre("other"));
}

TEST_F(FolderKeeper, ListsWhatIsThereNow) {
  ASSERT_TRUE(keeper_);
  keeper_->list(std::vector<EndpointInfo>{{.id = "speaker", .name = "Speaker"}, {.id = "mic", .name = "Mic\u009B|\""}});
  EXPECT_THAT(listed(), HasSubstr("portside:mic|Mic|IOID"));
  EXPECT_THAT(listed(), HasSubstr("portside:speaker|Speaker|"));
  keeper_->list(std::vector<EndpointInfo>{{.id = "mic", .name = "Mic"}});
  EXPECT_THAT(listed(), Not(HasSubstr("speaker")));
  EXPECT_THAT(listed(), HasSubstr("portside:mic"));
  keeper_->list({});
  EXPECT_THAT(listed(), Not(HasSubstr("portside:")));
}

// The lock is the last to go.
TEST_F(FolderKeeper, TheNextHostWaitsForIt) {
  ASSERT_TRUE(keeper_);
  listener_->leave_files_to(*keeper_);
  keeper_->list({});  // it has begun
  kill(keeper_->process(), SIGSTOP);
  listener_.reset();
  const auto busy = service::Listener::create(socket_);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code(), StatusCode::kObjectNameCollision);
  kill(keeper_->process(), SIGCONT);
  std::thread ends([&] { keeper_.reset(); });
  const auto next = service::Listener::create(socket_);
  EXPECT_TRUE(next) << next.error().to_string();
  ends.join();
}

}  // namespace
}  // namespace portside
