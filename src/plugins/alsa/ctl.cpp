#include "plugins/alsa/ctl.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "plugins/alsa/error_number.h"

namespace portside::alsa {
namespace {

int told(const ControlElement& element, const Status& status) {
  return tell_error(element.endpoint + ": " + element.name, status);
}

template <size_t Size>
void copy_text(char (&to)[Size], std::string_view from) {
  const size_t bytes = std::min(from.size(), Size - 1);
  std::memcpy(to, from.data(), bytes);
  to[bytes] = 0;
}

void name_element(snd_ctl_elem_id_t* id, const ControlElement& element) {
  snd_ctl_elem_id_set_interface(id, element.interface);
  snd_ctl_elem_id_set_name(id, element.name.c_str());
  snd_ctl_elem_id_set_index(id, element.index);
}

}  // namespace

int Ctl::read(size_t key, long* values) {
  const ControlElement* element = at(key);
  if (element == nullptr) return -ENOENT;
  const auto found = client_->control(element->endpoint, element->info.id);
  if (!found) return told(*element, found.error());
  // One value a channel, as the element was declared, however many come.
  for (unsigned i = 0; i < element->info.channels; ++i)
    values[i] = i < found->size() ? element->to_element((*found)[i]) : 0;
  return 0;
}

int Ctl::write(size_t key, const long* values) {
  const ControlElement* element = at(key);
  if (element == nullptr) return -ENOENT;
  if (!element->info.writable) return -EPERM;
  std::vector<int32_t> wanted;
  for (unsigned i = 0; i < element->info.channels; ++i) wanted.push_back(element->to_control(values[i]));
  const auto before = client_->control(element->endpoint, element->info.id);
  if (before && *before == wanted) return 0;  // "0: not changed" is an answer of ALSA's
  if (const auto set = client_->set_control(element->endpoint, element->info.id, wanted); !set)
    return told(*element, set.error());
  return 1;
}

Result<> Ctl::open_descriptors() {
  polled_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  waiting_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (const int descriptor : {client_->changes_fd(), waiting_.get()}) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (::epoll_ctl(polled_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
      return fail(StatusCode::kInsufficientResources, "no descriptors are left for a control's waits");
  }
  return {};
}

int Ctl::next_event(snd_ctl_elem_id_t* id, unsigned& mask) {
  if (changed_.empty()) {
    const auto changes = client_->take_changes();
    if (!changes) return error_number(changes.error());
    for (const Client::Change& change : *changes) {
      if (change.endpoint.empty()) {
        changed_.clear();
        for (size_t i = 0; i < elements_.all().size(); ++i) changed_.push_back(i);
        break;
      }
      for (auto found = elements_.find(change.endpoint, change.control, 0); found;
           found = elements_.find(change.endpoint, change.control, *found + 1))
        if (std::ranges::find(changed_, *found) == changed_.end()) changed_.push_back(*found);
    }
    const uint64_t one = 1;
    if (!changed_.empty()) (void)!::write(waiting_.get(), &one, sizeof one);
  }
  if (changed_.empty()) return -EAGAIN;
  name_element(id, elements_.all()[changed_.front()]);
  changed_.pop_front();
  uint64_t count = 0;
  if (changed_.empty()) (void)!::read(waiting_.get(), &count, sizeof count);
  mask = SND_CTL_EVENT_MASK_VALUE;
  return 1;
}

int Ctl::decibels(size_t key, unsigned* tlv, unsigned bytes) const {
  const ControlElement* element = at(key);
  if (element == nullptr || element->info.kind != ControlInfo::Kind::kVolume) return -ENXIO;
  const std::vector<unsigned> range = decibel_range(element->info);
  if (bytes < range.size() * sizeof(unsigned)) return -ENOMEM;
  std::ranges::copy(range, tlv);
  return 0;
}

struct CtlCallbacks {
  static Ctl& of(snd_ctl_ext_t* ext) { return *static_cast<Ctl*>(ext->private_data); }

  static void close(snd_ctl_ext_t* ext) { delete &of(ext); }
  static int elem_count(snd_ctl_ext_t* ext) { return static_cast<int>(of(ext).elements_.all().size()); }
  static int elem_list(snd_ctl_ext_t* ext, unsigned offset, snd_ctl_elem_id_t* id) {
    const ControlElement* element = of(ext).at(offset);
    if (element == nullptr) return -EINVAL;
    name_element(id, *element);
    return 0;
  }
  static snd_ctl_ext_key_t find_elem(snd_ctl_ext_t* ext, const snd_ctl_elem_id_t* id) {
    // A number is the place in the list, from 1 on; without one the name is looked for.
    if (const unsigned number = snd_ctl_elem_id_get_numid(id); number > 0 && of(ext).at(number - 1) != nullptr)
      return number - 1;
    const auto found = of(ext).elements_.find(snd_ctl_elem_id_get_name(id), snd_ctl_elem_id_get_index(id));
    return found ? *found : SND_CTL_EXT_KEY_NOT_FOUND;
  }
  static int get_attribute(snd_ctl_ext_t* ext, snd_ctl_ext_key_t key, int* type, unsigned* access, unsigned* count) {
    const ControlElement* element = of(ext).at(key);
    if (element == nullptr) return -ENOENT;
    const bool volume = element->info.kind == ControlInfo::Kind::kVolume;
    *type = volume ? SND_CTL_ELEM_TYPE_INTEGER : SND_CTL_ELEM_TYPE_BOOLEAN;
    *access = element->info.writable ? SND_CTL_EXT_ACCESS_READWRITE : SND_CTL_EXT_ACCESS_READ;
    if (volume) *access |= SND_CTL_EXT_ACCESS_TLV_READ | SND_CTL_EXT_ACCESS_TLV_CALLBACK;
    *count = element->info.channels;
    return 0;
  }
  static int get_integer_info(snd_ctl_ext_t* ext, snd_ctl_ext_key_t key, long* least, long* most, long* step) {
    const ControlElement* element = of(ext).at(key);
    if (element == nullptr) return -ENOENT;
    *least = 0;
    *most = element->steps();
    *step = 1;
    return 0;
  }
  static int read_integer(snd_ctl_ext_t* ext, snd_ctl_ext_key_t key, long* values) { return of(ext).read(key, values); }
  static int write_integer(snd_ctl_ext_t* ext, snd_ctl_ext_key_t key, long* values) {
    return of(ext).write(key, values);
  }
  static int read_event(snd_ctl_ext_t* ext, snd_ctl_elem_id_t* id, unsigned* mask) {
    return of(ext).next_event(id, *mask);
  }
  static int tlv(snd_ctl_ext_t* ext, snd_ctl_ext_key_t key, int operation, unsigned, unsigned* tlv, unsigned bytes) {
    return operation == 0 ? of(ext).decibels(key, tlv, bytes) : -ENXIO;  // 0 reads
  }

  static constexpr snd_ctl_ext_callback_t kTable = {.close = close,
                                                    .elem_count = elem_count,
                                                    .elem_list = elem_list,
                                                    .find_elem = find_elem,
                                                    .get_attribute = get_attribute,
                                                    .get_integer_info = get_integer_info,
                                                    .read_integer = read_integer,
                                                    .write_integer = write_integer,
                                                    .read_event = read_event};
};

int Ctl::open(snd_ctl_t** handle, const char* name, std::unique_ptr<Client> client,
              std::span<const EndpointInfo> endpoints, int mode) {
  auto ctl = std::unique_ptr<Ctl>(new Ctl(std::move(client), endpoints));
  if (const auto opened = ctl->open_descriptors(); !opened) return tell_error("open", opened.error());
  snd_ctl_ext_t& ext = ctl->ext_;
  ext.version = SND_CTL_EXT_VERSION;
  ext.card_idx = -1;
  copy_text(ext.id, "portside");
  copy_text(ext.driver, "Portside");
  copy_text(ext.name, endpoints.size() == 1 ? endpoints.front().name : "Portside");
  copy_text(ext.longname, "Portside driver host");
  copy_text(ext.mixername, "Portside");
  ext.poll_fd = ctl->polled_.get();
  ext.callback = &CtlCallbacks::kTable;
  ext.private_data = ctl.get();
  ext.tlv.c = CtlCallbacks::tlv;
  if (const int error = snd_ctl_ext_create(&ext, name, mode); error < 0) return error;
  *handle = ext.handle;
  ctl.release();  // close() deletes it
  return 0;
}

}  // namespace portside::alsa
