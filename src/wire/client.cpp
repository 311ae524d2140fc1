// The public Client over a Connection.

#include "portside/client.h"

#include "wire/client_stream.h"
#include "wire/connection.h"

namespace portside {
namespace wire {
namespace {

class WireClient final : public Client {
 public:
  explicit WireClient(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Result<std::vector<EndpointInfo>> endpoints() override {
    std::vector<EndpointInfo> list;
    for (uint32_t count = 1; list.size() < count;) {
      TRY_ASSIGN(Described described, connection_->ask_for<Described>(Describe{static_cast<uint32_t>(list.size())}));
      count = described.endpoints;
      if (list.size() < count) list.push_back(std::move(described.endpoint));
    }
    return list;
  }

  Result<std::unique_ptr<Stream>> open(const StreamRequest& request) override {
    TRY_ASSIGN(Connection::Reply reply, connection_->ask(Open{request}));
    TRY_ASSIGN(std::unique_ptr<ClientStream> stream, ClientStream::create(connection_, std::move(reply)));
    return std::unique_ptr<Stream>(std::move(stream));
  }

  Result<std::vector<int32_t>> control(std::string_view endpoint, uint32_t id) override {
    TRY_ASSIGN(Values values, connection_->ask_for<Values>(GetControl{std::string(endpoint), id}));
    return std::move(values.values);
  }
  Result<> set_control(std::string_view endpoint, uint32_t id, std::span<const int32_t> values) override {
    TRY(connection_->ask_for<Done>(SetControl{std::string(endpoint), id, {values.begin(), values.end()}}));
    return {};
  }
  int changes_fd() const override { return connection_->news_descriptor(); }
  Result<std::vector<Change>> take_changes() override {
    TRY_ASSIGN(auto news, connection_->take_news());
    std::vector<Change> changes;
    for (Changed& changed : news) changes.push_back({std::move(changed.endpoint), changed.control});
    return changes;
  }

  Result<std::string> snapshot() override {
    // One that grows for ever is no snapshot.
    constexpr size_t kMost = 16u << 20;
    std::string text;
    for (uint32_t total = 1; text.size() < total;) {
      TRY_ASSIGN(const SnapshotPart part,
                 connection_->ask_for<SnapshotPart>(ReadSnapshot{static_cast<uint32_t>(text.size())}));
      total = part.total;
      if (total > kMost || (part.text.empty() && text.size() < total))
        return fail(StatusCode::kUnsuccessful, "the host's snapshot has no end");
      text += part.text;
    }
    return text;
  }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace
}  // namespace wire

Result<std::unique_ptr<Client>> Client::connect(std::string_view socket) {
  TRY_ASSIGN(std::shared_ptr<wire::Connection> connection,
             wire::Connection::open(socket.empty() ? wire::default_socket_path() : std::string(socket)));
  return std::make_unique<wire::WireClient>(std::move(connection));
}

}  // namespace portside
