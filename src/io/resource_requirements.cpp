#include "io/resource_requirements.h"

#include <cstring>
#include <optional>

namespace portside::io {
namespace {

std::span<const CM_PARTIAL_RESOURCE_DESCRIPTOR> entries_of(std::span<const std::byte> list) {
  if (list.size() < sizeof(CM_RESOURCE_LIST)) return {};
  const auto* resources = reinterpret_cast<const CM_RESOURCE_LIST*>(list.data());
  if (resources->Count == 0) return {};
  const auto& partial = resources->List[0].PartialResourceList;
  const size_t room = (list.size() - offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors)) /
                      sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
  return {partial.PartialDescriptors, std::min<size_t>(partial.Count, room)};
}

IO_RESOURCE_DESCRIPTOR requirement_of(const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry) {
  IO_RESOURCE_DESCRIPTOR wanted{};
  wanted.Type = entry.Type;
  wanted.ShareDisposition = entry.ShareDisposition;
  wanted.Flags = entry.Flags;
  switch (entry.Type) {
    case CmResourceTypeInterrupt:
      wanted.u.Interrupt.MinimumVector = wanted.u.Interrupt.MaximumVector = entry.u.Interrupt.Vector;
      break;
    case CmResourceTypeDma: wanted.u.Dma.MinimumChannel = wanted.u.Dma.MaximumChannel = entry.u.Dma.Channel; break;
    default:  // ports and memory: one range
      wanted.u.Generic.Length = entry.u.Generic.Length;
      wanted.u.Generic.Alignment = 1;
      wanted.u.Generic.MinimumAddress = entry.u.Generic.Start;
      wanted.u.Generic.MaximumAddress.QuadPart = entry.u.Generic.Start.QuadPart + entry.u.Generic.Length - 1;
  }
  return wanted;
}

bool satisfies(const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry, const IO_RESOURCE_DESCRIPTOR& wanted) {
  if (entry.Type != wanted.Type) return false;
  switch (entry.Type) {
    case CmResourceTypeInterrupt:
      return entry.u.Interrupt.Vector >= wanted.u.Interrupt.MinimumVector &&
             entry.u.Interrupt.Vector <= wanted.u.Interrupt.MaximumVector;
    case CmResourceTypeDma:
      return entry.u.Dma.Channel >= wanted.u.Dma.MinimumChannel && entry.u.Dma.Channel <= wanted.u.Dma.MaximumChannel;
    default:
      return entry.u.Generic.Length >= wanted.u.Generic.Length &&
             entry.u.Generic.Start.QuadPart >= wanted.u.Generic.MinimumAddress.QuadPart &&
             entry.u.Generic.Start.QuadPart + wanted.u.Generic.Length - 1 <= wanted.u.Generic.MaximumAddress.QuadPart;
  }
}

// Which of the entries answer a list's descriptors, in their order; nothing when one cannot be answered.
std::optional<std::vector<size_t>> choose(std::span<const IO_RESOURCE_DESCRIPTOR> wanted,
                                          std::span<const CM_PARTIAL_RESOURCE_DESCRIPTOR> entries) {
  std::vector<size_t> chosen;
  std::vector<bool> taken(entries.size());
  bool answered = true;
  for (const IO_RESOURCE_DESCRIPTOR& descriptor : wanted) {
    const bool alternative = descriptor.Option & IO_RESOURCE_ALTERNATIVE;
    if (alternative && answered) continue;  // an earlier one of the group was had
    if (!alternative && !answered) return std::nullopt;
    answered = false;
    for (size_t i = 0; i < entries.size() && !answered; ++i) {
      if (taken[i] || !satisfies(entries[i], descriptor)) continue;
      taken[i] = answered = true;
      chosen.push_back(i);
    }
  }
  if (!answered) return std::nullopt;
  return chosen;
}

std::vector<std::byte> list_of(std::span<const std::byte> original, const std::vector<size_t>& chosen) {
  const auto entries = entries_of(original);
  if (chosen.empty() || entries.empty()) return {};
  constexpr size_t kHead = offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors);
  std::vector<std::byte> list(
      std::max(sizeof(CM_RESOURCE_LIST), kHead + chosen.size() * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)));
  std::memcpy(list.data(), original.data(), kHead);
  auto* copy = reinterpret_cast<CM_RESOURCE_LIST*>(list.data());
  copy->Count = 1;
  copy->List[0].PartialResourceList.Count = static_cast<ULONG>(chosen.size());
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] >= entries.size()) return {};
    copy->List[0].PartialResourceList.PartialDescriptors[i] = entries[chosen[i]];
  }
  return list;
}

}  // namespace

std::vector<std::byte> requirements_of(std::span<const std::byte> resources) {
  const auto entries = entries_of(resources);
  if (entries.empty()) return {};
  constexpr size_t kHead = offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List[0].Descriptors);
  std::vector<std::byte> bytes(kHead + entries.size() * sizeof(IO_RESOURCE_DESCRIPTOR));
  auto* list = reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(bytes.data());
  list->ListSize = static_cast<ULONG>(bytes.size());
  list->InterfaceType = reinterpret_cast<const CM_RESOURCE_LIST*>(resources.data())->List[0].InterfaceType;
  list->AlternativeLists = 1;
  list->List[0].Version = list->List[0].Revision = 1;
  list->List[0].Count = static_cast<ULONG>(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) list->List[0].Descriptors[i] = requirement_of(entries[i]);
  return bytes;
}

Result<Assignment> assign(const IO_RESOURCE_REQUIREMENTS_LIST& wanted, std::span<const std::byte> raw,
                          std::span<const std::byte> translated) {
  const auto entries = entries_of(raw);
  const auto* at = reinterpret_cast<const std::byte*>(wanted.List);
  const auto* const end = reinterpret_cast<const std::byte*>(&wanted) + wanted.ListSize;
  for (ULONG i = 0; i < wanted.AlternativeLists; ++i) {
    constexpr size_t kHead = offsetof(IO_RESOURCE_LIST, Descriptors);
    if (at > end || static_cast<size_t>(end - at) < kHead)
      return fail(StatusCode::kInvalidParameter, "the requirements list is shorter than its alternatives");
    const auto* list = reinterpret_cast<const IO_RESOURCE_LIST*>(at);
    if (list->Count > (static_cast<size_t>(end - at) - kHead) / sizeof(IO_RESOURCE_DESCRIPTOR))
      return fail(StatusCode::kInvalidParameter, "a list of requirements is longer than all of them");
    if (const auto chosen = choose({list->Descriptors, list->Count}, entries))
      return Assignment{list_of(raw, *chosen), list_of(translated, *chosen)};
    at += kHead + list->Count * sizeof(IO_RESOURCE_DESCRIPTOR);
  }
  if (wanted.AlternativeLists == 0) return Assignment{};
  return fail(StatusCode::kConflictingAddresses,
              "none of the alternatives that the driver left fits the device's resources");
}

}  // namespace portside::io
