#include "service/driver_host.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <thread>

#include "host/device_name.h"
#include "host/device_watch.h"
#include "host/machine.h"
#include "host/processor_load.h"
#include "service/snapshot.h"

namespace portside::service {

Result<std::unique_ptr<DriverHost>> DriverHost::create(host::Machine& machine, const host::ProcessorLoad& load,
                                                       host::DeviceWatch& devices, std::unique_ptr<Listener> listener,
                                                       int stop) {
  if (!machine.options().realtime) return fail(StatusCode::kInvalidParameter, "a machine is served in real time alone");
  std::unique_ptr<DriverHost> host(new DriverHost(machine, load, devices, std::move(listener), stop));
  TRY_ASSIGN(host->nudge_, Bell::create());
  if (!machine.drivers().empty()) host->driver_name_ = host::device_name(machine);
  return host;
}

DriverHost::~DriverHost() = default;

Result<> DriverHost::read_endpoints() {
  Result<> read;
  TRY(machine_.run([&] {
    auto table = EndpointTable::read(driver_name_);
    if (!table) return void(read = fail(table.error()));
    endpoints_ = std::move(*table);
    auto watch = ControlWatch::create(driver_name_, endpoints_, inbox_);
    if (watch) watch_ = std::move(*watch);
    else read = fail(watch.error());
  }));
  return read;
}

Result<> DriverHost::run_with(const std::function<void()>& body) {
  TRY(read_endpoints());
  return machine_.run([&] {
    body();
    watch_.reset();
  });
}

Result<> DriverHost::run(const std::function<void()>& ready) {
  TRY(read_endpoints());
  list();
  std::vector<host::ClientThread> threads{{"service", [this] { serve(); }}, {"controls", [this] {
                                                                               duty_.call_driver("controls");
                                                                               watch_->run();
                                                                             }}};
  for (const Companion& companion : companions_)
    threads.push_back({companion.name, [this, &companion] {
                         duty_.call_driver(companion.name.c_str());
                         companion.body([this] { return over_.load(); });
                       }});
  devices_.tell(watch_.get());
  ready();
  const Result<> ran = machine_.run(std::move(threads));
  devices_.tell(nullptr);
  if (ran) return machine_.run([this] { watch_.reset(); });
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
  duty_.serve();
  while (serve_once()) {}
  over_ = true;
  if (machine_.ended()) return;
  listener_->remove();
  for (const auto& stream : streams_) stream->close(0);
  for (const auto& lane : lanes_) lane->close();
  watch_->end();
  await_all();
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
  const auto patience = this->patience(take_in_more);
  if (::poll(waits.data(), waits.size(),
             patience ? static_cast<int>(*patience / std::chrono::milliseconds(1)) + 1 : -1) < 0)
    return true;  // a signal
  if (machine_.ended() || waits[2].revents) return false;
  if (waits[1].revents) {
    nudge_.quiet();
    reap();
    hear();
  }
  for (size_t i = sessions_.size(); i-- > 0;) {
    const short events = waits[i + 3].revents;
    if (events & POLLOUT) sessions_[i]->tell_owed();
    if (!(events & ~POLLOUT) || sessions_[i]->serve()) continue;
    part_with(*sessions_[i]);
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (const auto& session : sessions_)
    if (session->is_held()) session->release_if(0, machine_.now());
  if (waits[0].revents) {
    if (auto peer = listener_->accept()) greet(std::move(peer));
    else full_ = true;
  }
  watch_->follow(!sessions_.empty());
  return true;
}

std::optional<Nanoseconds> DriverHost::patience(bool take_in_more) const {
  std::optional<Nanoseconds> patience;
  const auto at_most = [&](Nanoseconds time) { patience = std::min(patience.value_or(time), time); };
  if (!take_in_more) at_most(std::chrono::milliseconds(500));
  for (const auto& session : sessions_)
    if (session->is_held()) at_most(std::max<Nanoseconds>(session->held_until() - machine_.now(), Nanoseconds(0)));
  return patience;
}

void DriverHost::greet(std::shared_ptr<Peer> peer) {
  // One program does not keep the others out.
  constexpr size_t kMostClients = 64, kMostOfOne = 32;
  // A client that has gone while the driver answers it still is one until then.
  const auto left = [&](const auto& lane) {
    return std::ranges::none_of(sessions_, [&](const auto& session) { return session->peer() == lane->peer(); });
  };
  size_t clients = sessions_.size(), of_one = 0;
  for (const auto& session : sessions_) of_one += session->peer()->pid() == peer->pid();
  for (const auto& lane : lanes_) {
    clients += left(lane);
    of_one += left(lane) && lane->peer()->pid() == peer->pid();
  }
  if (clients >= kMostClients || of_one >= kMostOfOne) {
    peer->tell(0, wire::Farewell(Status(StatusCode::kInsufficientResources,
                                        fmt::format("the driver host takes in {} clients, {} of one process",
                                                    kMostClients, kMostOfOne))));
    // What it has said already is read: who is closed with words unread is not told ours.
    peer->part();
    for (auto said = wire::receive_packet(peer->socket(), wire::Patience::kDoNotWait); said && *said;)
      said = wire::receive_packet(peer->socket(), wire::Patience::kDoNotWait);
    return;
  }
  // While nobody was there, nobody looked at what tells nothing by itself. A driver that is slow to answer does not keep
  // the client waiting: it hears of what has changed later.
  constexpr std::chrono::milliseconds kLongest{200};
  const bool look = sessions_.empty() && watch_->polled();
  Session& session = take_in(std::move(peer));
  if (look) session.hold(watch_->look(), machine_.now() + kLongest);
}

Session& DriverHost::take_in(std::shared_ptr<Peer> peer) {
  board_.add(peer);
  return *sessions_.emplace_back(std::make_unique<Session>(*this, std::move(peer)));
}

void DriverHost::part_with_all() {
  for (const auto& session : sessions_) part_with(*session);
  sessions_.clear();
  await_all();
}

void DriverHost::await_all() {
  const auto await = [](auto& each) {
    for (const auto& one : each)
      while (!one->is_over()) client::sleep_for(std::chrono::milliseconds(2));
    each.clear();
  };
  await(streams_);
  await(lanes_);
}

void DriverHost::hear() {
  ControlInbox::News news = inbox_.take();
  if (news.table) {
    for (const EndpointTable::Change& change : endpoints_.replace_by(std::move(*news.table))) tell(change);
    list();
  }
  for (ControlReading& reading : news.readings)
    for (const EndpointTable::Change& change : endpoints_.take(std::move(reading))) tell(change);
  for (const auto& session : sessions_)
    if (session->is_held()) session->release_if(news.looked, machine_.now());
}

void DriverHost::list() const {
  if (!list_) return;
  std::vector<EndpointInfo> served;
  for (const ServedEndpoint& endpoint : endpoints_.endpoints()) served.push_back(endpoint.info);
  list_(served);
}

void DriverHost::tell(const EndpointTable::Change& change) {
  for (const auto& session : sessions_) session->tell(wire::Changed{change.endpoint, change.control});
}

void DriverHost::part_with(Session& session) {
  session.peer()->part();
  board_.remove(session.peer());
  for (const auto& stream : streams_)
    if (stream->peer() == session.peer()) stream->close(0);
  for (const auto& lane : lanes_)
    if (lane->peer() == session.peer()) lane->close();
}

void DriverHost::reap() {
  std::erase_if(streams_, [](const auto& stream) { return stream->is_over(); });
  std::erase_if(lanes_, [](const auto& lane) { return lane->is_over(); });
}

void DriverHost::ask(const std::shared_ptr<Peer>& peer, ControlLane::Request request) {
  const uint32_t number = request.number;
  auto lane = std::ranges::find(lanes_, peer, [](const auto& l) { return l->peer(); });
  if (lane == lanes_.end()) {
    auto started = ControlLane::start(peer, inbox_, duty_, [this] { nudge_.ring(); });
    if (!started) return peer->refuse(number, started.error());
    lanes_.push_back(std::move(*started));
    lane = std::prev(lanes_.end());
  }
  if (!(*lane)->ask(std::move(request)))
    peer->refuse(number, Status(StatusCode::kInsufficientResources,
                                fmt::format("the driver has not answered {} requests of this client for controls",
                                            ControlLane::kMostUnderWay)));
}

Result<> DriverHost::open(const std::shared_ptr<Peer>& peer, uint32_t number, const StreamRequest& request) {
  TRY_ASSIGN(const ServedEndpoint* const endpoint, endpoints_.find(request.endpoint, request.direction));
  StreamHost::Order order{.id = next_stream_++,
                          .number = number,
                          .request = request,
                          .endpoint = endpoint->endpoint,
                          .endpoint_id = endpoint->info.id,
                          .peer = peer,
                          .duty = duty_,
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
