#pragma once
// Ctl: one control handle of alsa-lib on the volumes, mutes and jacks of a driver host's endpoints.

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>

#include <deque>
#include <memory>

#include "base/descriptor.h"
#include "plugins/alsa/control_elements.h"
#include "portside/client.h"

namespace portside::alsa {

class Ctl {
 public:
  // Hands out `*handle`, which owns the Ctl from then on. A negative errno, with the sentence told by SNDERR.
  static int open(snd_ctl_t** handle, const char* name, std::unique_ptr<Client> client,
                  std::span<const EndpointInfo> endpoints, int mode);

 private:
  friend struct CtlCallbacks;

  Ctl(std::unique_ptr<Client> client, std::span<const EndpointInfo> endpoints)
      : client_(std::move(client)), elements_(endpoints) {}
  Result<> open_descriptors();

  const ControlElement* at(size_t key) const { return key < elements_.all().size() ? &elements_.all()[key] : nullptr; }
  int read(size_t key, long* values);
  int write(size_t key, const long* values);
  int next_event(snd_ctl_elem_id_t* id, unsigned& mask);
  int decibels(size_t key, unsigned* tlv, unsigned bytes) const;

  std::unique_ptr<Client> client_;
  ControlElements elements_;
  std::deque<size_t> changed_;  // elements whose event was not read yet
  // What is polled: readable when the client has changes, or while changed_ holds some that came with others.
  Descriptor polled_;
  Descriptor waiting_;  // an eventfd, set while changed_ is not empty
  snd_ctl_ext_t ext_{};
};

}  // namespace portside::alsa
