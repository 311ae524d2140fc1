#include "service/driver_host.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <thread>

#include "host/device_name.h"
#include "host/machine.h"
#include "host/processor_load.h"
#include "service/alsa_hints.h"
#include "service/snapshot.h"

namespace portside::service {

Result<std::unique_ptr<DriverHost>> DriverHost::create(host::Machine& machine, const host::ProcessorLoad& load,
                                                       std::unique_ptr<Listener> listener, int stop) {
  if (!machine.options().realtime) return fail(StatusCode::kInvalidParameter, "a machine is served in real time alone");
  std::unique_ptr<DriverHost> host(new DriverHost(machine, load, std::move(listener), stop));
  TRY_ASSIGN(host->nudge_, Bell::create());
  if (!machine.drivers().empty()) host->driver_name_ = host::device_name(machine);
  return host;
}

DriverHost::~DriverHost() = default;

Result<> DriverHost::read_endpoints() {
  Result<> read;
  TRY(machine_.run([&] {
    auto table = EndpointTable::read(driver_name_);
    if (table) endpoints_ = std::move(*table);
    else read = fail(table.error());
  }));
  return read;
}

Result<> DriverHost::run_with(const std::function<void()>& body) {
  TRY(read_endpoints());
  return machine_.run(body);
}

Result<> DriverHost::run(const std::function<void()>& ready) {
  TRY(read_endpoints());
  std::vector<EndpointInfo> served;
  for (const ServedEndpoint& endpoint : endpoints_.endpoints()) served.push_back(endpoint.info);
  const AlsaHints hints(listener_->path(), served);
  std::vector<host::ClientThread> threads{{"service", [this] { serve(); }}};
  for (const Companion& companion : companions_)
    threads.push_back({companion.name, [this, &companion] { companion.body([this] { return over_.load(); }); }});
  ready();
  const Result<> ran = machine_.run(std::move(threads));
  if (ran) return {};
  // The service thread may be in poll(): it sees that the machine has ended, and goes. Others stand in the machine for
  // good. A moment for the first, so that nobody takes the listener from under it.
  nudge_.ring();
  for (int i = 0; i < 100 && !over_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (listener_) listener_->remove();
  std::string why = "the driver host has ended";
  if (const auto& bug_check = machine_.bug_check())
    why = fmt::format("the driver stopped its machine with bug check 0x{:X}: {}", bug_check->code, bug_check->sentence);
  board_.farewell(Status(StatusCode::kMachineEnded, why));
  return ran;
}

void DriverHost::serve() {
  while (serve_once()) {}
  over_ = true;
  if (machine_.ended()) return;
  listener_->remove();
  for (const auto& stream : streams_) stream->close(0);
  await_streams();
  board_.farewell(Status(StatusCode::kMachineEnded, "the driver host was ended"));
  sessions_.clear();
}

bool DriverHost::serve_once() {
  // Where no descriptor is left for one more client, it waits in the socket.
  const bool take_in_more = !std::exchange(full_, false);
  std::vector<pollfd> waits{
      {take_in_more ? listener_->descriptor() : -1, POLLIN, 0}, {nudge_.descriptor(), POLLIN, 0}, {stop_, POLLIN, 0}};
  for (const auto& session : sessions_) {
    const bool owed = session->owes_news();
    waits.push_back({session->peer()->socket(), static_cast<short>(owed ? POLLIN | POLLOUT : POLLIN), 0});
  }
  // What changes of itself, a jack or a knob on the device, is looked for while somebody could want to know.
  constexpr std::chrono::milliseconds kLook{500};
  if (::poll(waits.data(), waits.size(), sessions_.empty() && take_in_more ? -1 : static_cast<int>(kLook.count())) < 0)
    return true;  // a signal
  if (machine_.ended() || waits[2].revents) return false;
  if (waits[1].revents) {
    nudge_.quiet();
    reap();
  }
  for (size_t i = sessions_.size(); i-- > 0;) {
    const short events = waits[i + 3].revents;
    if (events & POLLOUT) sessions_[i]->tell_owed();
    if (!(events & ~POLLOUT) || sessions_[i]->serve()) continue;
    part_with(*sessions_[i]);
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!sessions_.empty() && machine_.now() - looked_at_ >= kLook) tell_changes();
  if (waits[0].revents) {
    if (auto peer = listener_->accept()) greet(std::move(peer));
    else full_ = true;
  }
  return true;
}

void DriverHost::greet(std::shared_ptr<Peer> peer) {
  // One program does not keep the others out.
  constexpr size_t kMostClients = 64, kMostOfOne = 32;
  const auto of_one = static_cast<size_t>(
      std::ranges::count_if(sessions_, [&](const auto& session) { return session->peer()->pid() == peer->pid(); }));
  if (sessions_.size() >= kMostClients || of_one >= kMostOfOne) {
    peer->tell(0, wire::Farewell{
                      static_cast<uint32_t>(StatusCode::kInsufficientResources),
                      fmt::format("the driver host takes in {} clients, {} of one process", kMostClients, kMostOfOne)});
    // What it has said already is read: who is closed with words unread is not told ours.
    peer->part();
    for (auto said = wire::receive_packet(peer->socket(), wire::Patience::kDoNotWait); said && *said;)
      said = wire::receive_packet(peer->socket(), wire::Patience::kDoNotWait);
    return;
  }
  // While nobody was there, nobody looked.
  if (sessions_.empty()) tell_changes();
  take_in(std::move(peer));
}

Session& DriverHost::take_in(std::shared_ptr<Peer> peer) {
  board_.add(peer);
  return *sessions_.emplace_back(std::make_unique<Session>(*this, std::move(peer)));
}

void DriverHost::part_with_all() {
  for (const auto& session : sessions_) part_with(*session);
  sessions_.clear();
  await_streams();
}

void DriverHost::await_streams() {
  for (const auto& stream : streams_)
    while (!stream->is_over()) client::sleep_for(std::chrono::milliseconds(2));
  streams_.clear();
}

void DriverHost::tell_changes() {
  looked_at_ = machine_.now();
  // A device that was removed, or came back.
  for (const std::string& endpoint : endpoints_.look_for_filters(driver_name_))
    for (const auto& session : sessions_) session->tell(wire::Changed{endpoint, std::nullopt});
  for (const EndpointTable::Change& change : endpoints_.look_for_changes())
    for (const auto& session : sessions_) session->tell(wire::Changed{change.endpoint, change.control});
}

void DriverHost::part_with(Session& session) {
  session.peer()->part();
  board_.remove(session.peer());
  for (const auto& stream : streams_)
    if (stream->peer() == session.peer()) stream->close(0);
}

void DriverHost::reap() {
  std::erase_if(streams_, [](const auto& stream) { return stream->is_over(); });
}

Result<> DriverHost::open(const std::shared_ptr<Peer>& peer, uint32_t number, const StreamRequest& request) {
  TRY_ASSIGN(const ServedEndpoint* const endpoint, endpoints_.find(request.endpoint, request.direction));
  StreamHost::Order order{.id = next_stream_++,
                          .number = number,
                          .request = request,
                          .endpoint = endpoint->endpoint,
                          .endpoint_id = endpoint->info.id,
                          .peer = peer,
                          .opened = [this](const std::shared_ptr<ClientPage>& page) { board_.add(page); },
                          .over = [this] { nudge_.ring(); }};
  TRY_ASSIGN(auto stream, StreamHost::start(machine_, std::move(order)));
  streams_.push_back(std::move(stream));
  return {};
}

size_t DriverHost::streams_of(const Peer& peer) const {
  return static_cast<size_t>(std::ranges::count_if(
      streams_, [&](const auto& stream) { return stream->peer().get() == &peer && !stream->is_closed(); }));
}

StreamHost* DriverHost::stream_of(const Peer& peer, uint32_t id) const {
  for (const auto& stream : streams_)
    if (stream->id() == id && stream->peer().get() == &peer && !stream->is_closed()) return stream.get();
  return nullptr;
}

std::string DriverHost::snapshot() const {
  std::vector<StreamSight> sights;
  for (const auto& stream : streams_)
    if (!stream->is_closed()) sights.push_back(stream->sight());
  return snapshot_of(machine_, load_, driver_name_, endpoints_, sights);
}

}  // namespace portside::service
