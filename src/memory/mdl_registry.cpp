#include "memory/mdl_registry.h"

#include <utility>

namespace portside::memory {

std::string_view origin_name(MdlOrigin origin) {
  switch (origin) {
    case MdlOrigin::kPortStream: return "IPortWaveRTStream";
    case MdlOrigin::kMmAllocatePages: return "MmAllocatePagesForMdl";
    case MdlOrigin::kIoAllocateMdl: return "IoAllocateMdl";
    case MdlOrigin::kDriverMemory: return "MmInitializeMdl";
  }
  return "?";
}

std::string_view requester_name(MapRequester requester) {
  return requester == MapRequester::kPortStream ? "IPortWaveRTStream" : "Mm";
}

MdlEntry& MdlRegistry::insert(std::unique_ptr<MdlEntry> entry) {
  const PMDL mdl = entry->record.mdl;
  freed_.erase(mdl);  // the address serves again
  return *(live_[mdl] = std::move(entry));
}

MdlEntry* MdlRegistry::live(PMDL mdl) {
  const auto found = live_.find(mdl);
  return found == live_.end() ? nullptr : found->second.get();
}

const MdlRecord* MdlRegistry::freed(PMDL mdl) const {
  const auto found = freed_.find(mdl);
  return found == freed_.end() ? nullptr : &found->second;
}

const MdlRecord* MdlRegistry::freed_by_id(uint64_t id) const {
  for (const auto& [mdl, record] : freed_)
    if (record.id == id) return &record;
  return nullptr;
}

void MdlRegistry::retire(PMDL mdl) {
  const auto found = live_.find(mdl);
  if (found == live_.end()) return;
  MdlRecord record = snapshot(*found->second);
  live_.erase(found);
  record.live = false;
  freed_order_.emplace_back(mdl, record.id);
  freed_.insert_or_assign(mdl, std::move(record));
  while (freed_order_.size() > freed_bound_) {
    const auto [oldest, id] = freed_order_.front();
    freed_order_.pop_front();
    if (auto old = freed_.find(oldest); old != freed_.end() && old->second.id == id) freed_.erase(old);
  }
}

MdlRecord snapshot(const MdlEntry& entry) {
  MdlRecord record = entry.record;
  record.client_mappings = entry.clients ? entry.clients->load(std::memory_order_relaxed) : 0;
  return record;
}

}  // namespace portside::memory
