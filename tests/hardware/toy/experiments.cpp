// What works: each experiment uses one part of the bus as a driver does, and answers with what it saw.

#include "toy.h"

// GUID_BUS_INTERFACE_STANDARD
static const GUID kBusInterface = {0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

ULONG Load(Toy* toy, ULONG offset) {
  return READ_REGISTER_ULONG(reinterpret_cast<volatile ULONG*>(toy->registers + offset));
}
void Store(Toy* toy, ULONG offset, ULONG value) {
  WRITE_REGISTER_ULONG(reinterpret_cast<volatile ULONG*>(toy->registers + offset), value);
}

NTSTATUS ConnectInterrupt(Toy* toy, PKSERVICE_ROUTINE routine, PKINTERRUPT* interrupt) {
  const auto& line = toy->interrupt.u.Interrupt;
  return IoConnectInterrupt(interrupt, routine, toy, nullptr, line.Vector, static_cast<KIRQL>(line.Level),
                            static_cast<KIRQL>(line.Level), LevelSensitive, TRUE, line.Affinity, FALSE);
}

PDMA_ADAPTER GetAdapter(Toy* toy, bool wide) {
  DEVICE_DESCRIPTION description{};
  description.Version = DEVICE_DESCRIPTION_VERSION;
  description.Master = TRUE;
  description.ScatterGather = TRUE;
  description.Dma32BitAddresses = TRUE;
  description.Dma64BitAddresses = wide;
  description.InterfaceType = PCIBus;
  description.MaximumLength = 0x10000;
  ULONG map_registers = 0;
  return IoGetDmaAdapter(toy->physical, &description, &map_registers);
}

namespace {

ULONG Config(Toy* toy, ULONG* n) {
  ULONG ids = 0;
  IO_STACK_LOCATION request{};
  request.MinorFunction = IRP_MN_READ_CONFIG;
  request.Parameters.ReadWriteConfig.Buffer = &ids;
  request.Parameters.ReadWriteConfig.Length = sizeof ids;
  AskBelow(toy, &request, nullptr);
  n[0] = ids;

  BUS_INTERFACE_STANDARD bus{};
  GUID type = kBusInterface;
  request = {};
  request.MinorFunction = IRP_MN_QUERY_INTERFACE;
  request.Parameters.QueryInterface.InterfaceType = &type;
  request.Parameters.QueryInterface.Size = sizeof bus;
  request.Parameters.QueryInterface.Version = 1;
  request.Parameters.QueryInterface.Interface = reinterpret_cast<PINTERFACE>(&bus);
  if (NT_SUCCESS(AskBelow(toy, &request, nullptr))) {
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ids = 0;
    bus.GetBusData(bus.Context, PCI_WHICHSPACE_CONFIG, &ids, 0, sizeof ids);
    n[1] = ids;
    UCHAR line = 0x5A;
    n[2] = bus.SetBusData(bus.Context, PCI_WHICHSPACE_CONFIG, &line, 0x3C, 1);
    KeLowerIrql(old);
    bus.InterfaceDereference(bus.Context);
  }
  DEVICE_CAPABILITIES capabilities{};
  capabilities.Size = sizeof capabilities;
  capabilities.Version = 1;
  capabilities.Address = capabilities.UINumber = ~0u;
  request = {};
  request.MinorFunction = IRP_MN_QUERY_CAPABILITIES;
  request.Parameters.DeviceCapabilities.Capabilities = &capabilities;
  AskBelow(toy, &request, nullptr);
  const ULONG slot = capabilities.Address >> 16;
  ids = 0;
  HalGetBusDataByOffset(PCIConfiguration, 0, slot, &ids, 0, sizeof ids);
  n[3] = ids;
  PCI_COMMON_CONFIG all{};
  n[4] = HalGetBusData(PCIConfiguration, 0, slot, &all, sizeof all);
  n[5] = all.u.type0.InterruptLine;
  n[6] = HalGetBusDataByOffset(PCIConfiguration, 0, slot, &ids, 0xFE, 4);
  n[7] = HalGetBusData(PCIConfiguration, 0, 30, &ids, sizeof ids);
  return 8;
}

ULONG Resources(Toy* toy, ULONG* n) {
  const CM_PARTIAL_RESOURCE_LIST& raw = toy->raw->List[0].PartialResourceList;
  for (ULONG i = 0; i < raw.Count; ++i) {
    if (raw.PartialDescriptors[i].Type == CmResourceTypeMemory) ++n[0];
    if (raw.PartialDescriptors[i].Type == CmResourceTypePort) ++n[1];
    if (raw.PartialDescriptors[i].Type == CmResourceTypeInterrupt)
      ++n[2], n[3] = raw.PartialDescriptors[i].u.Interrupt.Level;
  }
  n[4] = toy->interrupt.u.Interrupt.Level;
  n[5] = toy->interrupt.u.Interrupt.Vector;
  IO_STACK_LOCATION request{};
  request.MinorFunction = IRP_MN_QUERY_RESOURCE_REQUIREMENTS;
  ULONG_PTR list = 0;
  if (NT_SUCCESS(AskBelow(toy, &request, &list)) && list) {
    n[6] = reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(list)->List[0].Count;
    ExFreePool(reinterpret_cast<void*>(list));
  }
  return 7;
}

ULONG Registers(Toy* toy, ULONG* n) {
  n[0] = READ_REGISTER_UCHAR(toy->registers);
  n[1] = READ_REGISTER_USHORT(reinterpret_cast<volatile USHORT*>(toy->registers + 2));
  n[2] = Load(toy, kIdentity);
  auto* scratch = reinterpret_cast<volatile ULONG*>(toy->registers + kScratch);
  Store(toy, kScratch, 0xF0F0);
  *scratch |= 0x0F;  // or with memory
  *scratch &= ~0xF000u;
  *scratch = *scratch + 1;
  n[3] = *scratch;
  n[4] = *scratch == 0x00000100 ? 1 : 0;  // compares with memory
  WRITE_REGISTER_ULONG64(reinterpret_cast<volatile ULONG64*>(toy->registers + kScratch), 0x1122334455667788);
  n[5] = Load(toy, kScratch + 4);
  ULONG block[4] = {1, 2, 3, 4}, back[4] = {};
  WRITE_REGISTER_BUFFER_ULONG(reinterpret_cast<volatile ULONG*>(toy->registers + kScratch), block, 4);
  READ_REGISTER_BUFFER_ULONG(reinterpret_cast<volatile ULONG*>(toy->registers + kScratch), back, 4);
  n[6] = back[0] + back[1] * 10 + back[2] * 100 + back[3] * 1000;
  n[7] = MmGetPhysicalAddress(toy->registers + 4).LowPart - toy->registers_at.LowPart;
  return 8;
}

ULONG Ports(Toy* toy, ULONG* n) {
  const ULONG_PTR port = toy->port;
  WRITE_PORT_ULONG(reinterpret_cast<PULONG>(port), 0xAABBCCDD);
  n[0] = READ_PORT_UCHAR(reinterpret_cast<PUCHAR>(port + 1));
  n[1] = READ_PORT_USHORT(reinterpret_cast<PUSHORT>(port + 2));
  n[2] = READ_PORT_ULONG(reinterpret_cast<PULONG>(port));
  UCHAR bytes[3] = {};
  READ_PORT_BUFFER_UCHAR(reinterpret_cast<PUCHAR>(port), bytes, 3);
  n[3] = bytes[0] + bytes[1] + bytes[2];
  n[4] = READ_PORT_UCHAR(reinterpret_cast<PUCHAR>(0x61));  // nobody's: an empty bus
  return 5;
}

void OnDpc(PKDPC, PVOID context, PVOID, PVOID) {
  auto* toy = static_cast<Toy*>(context);
  InterlockedIncrement(&toy->dpcs);
  if (toy->interrupts >= toy->wanted) KeSetEvent(&toy->enough, IO_NO_INCREMENT, FALSE);
}

BOOLEAN OnInterrupt(PKINTERRUPT, PVOID context) {
  auto* toy = static_cast<Toy*>(context);
  if (!(Load(toy, kStatus) & 1)) return FALSE;
  Store(toy, kStatus, 1);
  toy->irql_seen = KeGetCurrentIrql();
  InterlockedIncrement(&toy->interrupts);
  KeInsertQueueDpc(&toy->dpc, nullptr, nullptr);
  return TRUE;
}

BOOLEAN OnForeign(PKINTERRUPT, PVOID context) {
  InterlockedIncrement(&static_cast<Toy*>(context)->foreign);
  return FALSE;
}

BOOLEAN ReadBoth(PVOID context) {
  auto* toy = static_cast<Toy*>(context);
  return KeGetCurrentIrql() == static_cast<KIRQL>(toy->interrupt.u.Interrupt.Level);
}

void WaitForTicks(Toy* toy, LONG wanted) {
  toy->interrupts = 0;
  toy->dpcs = 0;
  toy->foreign = 0;
  toy->wanted = wanted;
  KeInitializeEvent(&toy->enough, NotificationEvent, FALSE);
  Store(toy, kPeriod, 1000);
  Store(toy, kControl, 3);
  LARGE_INTEGER limit;
  limit.QuadPart = -10'000'000;
  KeWaitForSingleObject(&toy->enough, Executive, KernelMode, FALSE, &limit);
  Store(toy, kControl, 0);
}

ULONG Ticks(Toy* toy, ULONG* n) {
  KeInitializeDpc(&toy->dpc, OnDpc, toy);
  PKINTERRUPT other = nullptr, mine = nullptr;
  n[7] = ConnectInterrupt(toy, OnForeign, &other);
  IO_CONNECT_INTERRUPT_PARAMETERS line{};
  line.Version = CONNECT_LINE_BASED;
  line.LineBased.PhysicalDeviceObject = toy->physical;
  line.LineBased.InterruptObject = &mine;
  line.LineBased.ServiceRoutine = OnInterrupt;
  line.LineBased.ServiceContext = toy;
  n[6] = IoConnectInterruptEx(&line);
  if (!mine || !other) return 8;
  WaitForTicks(toy, 20);
  n[0] = toy->interrupts;
  n[1] = toy->dpcs;
  n[2] = toy->irql_seen;
  n[3] = toy->foreign;
  n[4] = KeSynchronizeExecution(mine, ReadBoth, toy);
  IoDisconnectInterrupt(other);
  IoDisconnectInterrupt(mine);
  // Nobody is called any more.
  n[5] = toy->interrupts;
  Store(toy, kControl, 3);
  LARGE_INTEGER a_while;
  a_while.QuadPart = -100'000;
  KeDelayExecutionThread(KernelMode, FALSE, &a_while);
  n[5] = toy->interrupts - n[5];
  Store(toy, kControl, 0);
  Store(toy, kStatus, 1);
  return 8;
}

struct Counted {
  Toy* toy;
  volatile LONG calls;
  bool claims;
};

NTSTATUS OnSyncedInterrupt(PINTERRUPTSYNC, PVOID context) {
  auto* counted = static_cast<Counted*>(context);
  InterlockedIncrement(&counted->calls);
  Toy* toy = counted->toy;
  if (!counted->claims || !(Load(toy, kStatus) & 1)) return STATUS_UNSUCCESSFUL;
  Store(toy, kStatus, 1);
  if (InterlockedIncrement(&toy->interrupts) >= toy->wanted) KeInsertQueueDpc(&toy->dpc, nullptr, nullptr);
  return STATUS_SUCCESS;
}

ULONG Sync(Toy* toy, ULONG* n) {
  KeInitializeDpc(&toy->dpc, OnDpc, toy);
  PRESOURCELIST resources = nullptr;
  if (!NT_SUCCESS(PcNewResourceList(&resources, nullptr, PagedPool, toy->translated, toy->raw))) return 0;
  ULONG at = 0;
  const INTERRUPTSYNCMODE modes[] = {InterruptSyncModeNormal, InterruptSyncModeAll, InterruptSyncModeRepeat};
  for (const INTERRUPTSYNCMODE mode : modes) {
    PINTERRUPTSYNC sync = nullptr;
    Counted first{toy, 0, true}, second{toy, 0, false};
    if (!NT_SUCCESS(PcNewInterruptSync(&sync, nullptr, resources, 0, mode))) break;
    sync->RegisterServiceRoutine(OnSyncedInterrupt, &first, FALSE);
    sync->RegisterServiceRoutine(OnSyncedInterrupt, &second, FALSE);
    n[at++] = sync->Connect();
    WaitForTicks(toy, 5);
    n[at++] = toy->interrupts;
    n[at++] = first.calls;
    n[at++] = second.calls;
    sync->Disconnect();
    sync->Release();
    Store(toy, kStatus, 1);
  }
  resources->Release();
  return at;
}

struct ListSeen {
  ULONG elements;
  PHYSICAL_ADDRESS first;
  ULONG first_length, total;
  PSCATTER_GATHER_LIST list;
};

void OnList(PDEVICE_OBJECT, PIRP, PSCATTER_GATHER_LIST list, PVOID context) {
  auto* seen = static_cast<ListSeen*>(context);
  seen->list = list;
  seen->elements = list->NumberOfElements;
  seen->first = list->Elements[0].Address;
  seen->first_length = list->Elements[0].Length;
  for (ULONG i = 0; i < list->NumberOfElements; ++i) seen->total += list->Elements[i].Length;
}

void Command(Toy* toy, PHYSICAL_ADDRESS at, ULONG bytes, ULONG command) {
  Store(toy, kAddress, at.LowPart);
  Store(toy, kAddressHigh, static_cast<ULONG>(at.HighPart));
  Store(toy, kLength, bytes);
  Store(toy, kCommand, command);
}

ULONG Dma(Toy* toy, ULONG* n) {
  PDMA_ADAPTER adapter = GetAdapter(toy, false);
  if (!adapter) return 0;
  PHYSICAL_ADDRESS logical;
  auto* buffer = static_cast<UCHAR*>(adapter->DmaOperations->AllocateCommonBuffer(adapter, 8192, &logical, TRUE));
  if (buffer) {
    Command(toy, logical, 100, 1);
    n[0] = buffer[0] + buffer[99];  // the device's pattern: 1 and 100
    for (ULONG i = 0; i < 8192; ++i) buffer[i] = 2;
    Command(toy, logical, 8192, 2);
    n[1] = Load(toy, kSum);
    n[2] = MmGetPhysicalAddress(buffer).QuadPart == logical.QuadPart;
    adapter->DmaOperations->FreeCommonBuffer(adapter, 8192, logical, buffer, TRUE);
  }
  PHYSICAL_ADDRESS low{}, high, skip{};
  high.QuadPart = 0xFFFFFFFF;
  PMDL mdl = MmAllocatePagesForMdlEx(low, high, skip, 4 * PAGE_SIZE, MmCached, 0);
  if (mdl) {
    auto* view = static_cast<UCHAR*>(
        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, NormalPagePriority));
    for (ULONG i = 0; view && i < PAGE_SIZE; ++i) view[i] = 3;
    ListSeen seen{};
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    n[3] = adapter->DmaOperations->GetScatterGatherList(adapter, toy->self, mdl, MmGetMdlVirtualAddress(mdl),
                                                        MmGetMdlByteCount(mdl), OnList, &seen, TRUE);
    if (seen.list) {
      Command(toy, seen.first, seen.first_length, 2);
      n[4] = seen.elements;
      n[5] = seen.total;
      n[6] = Load(toy, kSum) / (seen.first_length ? seen.first_length : 1);
      adapter->DmaOperations->PutScatterGatherList(adapter, seen.list, TRUE);
    }
    KeLowerIrql(old);
    ULONG length = MmGetMdlByteCount(mdl) - 100;
    auto* va = static_cast<UCHAR*>(MmGetMdlVirtualAddress(mdl)) + 100;
    const PHYSICAL_ADDRESS mapped = adapter->DmaOperations->MapTransfer(adapter, mdl, nullptr, va, &length, TRUE);
    n[7] = mapped.LowPart == (MmGetMdlPfnArray(mdl)[0] << PAGE_SHIFT) + 100;
    n[8] = length;
    if (view) MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
  }
  n[9] = adapter->DmaOperations->GetDmaAlignment(adapter);
  adapter->DmaOperations->PutDmaAdapter(adapter);
  return 10;
}

}  // namespace

NTSTATUS RunExperiment(Toy* toy, ULONG code, ULONG* numbers, ULONG* count) {
  for (ULONG i = 0; i < *count; ++i) numbers[i] = 0;
  switch (code) {
    case TOY_CONFIG: *count = Config(toy, numbers); break;
    case TOY_RESOURCES: *count = Resources(toy, numbers); break;
    case TOY_REGISTERS: *count = Registers(toy, numbers); break;
    case TOY_PORTS: *count = Ports(toy, numbers); break;
    case TOY_TICKS: *count = Ticks(toy, numbers); break;
    case TOY_SYNC: *count = Sync(toy, numbers); break;
    case TOY_DMA: *count = Dma(toy, numbers); break;
    default: return STATUS_INVALID_DEVICE_REQUEST;
  }
  return STATUS_SUCCESS;
}
