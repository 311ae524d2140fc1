// The framework as a compiled driver uses it: bound by WDF_BIND_INFO, called through the table that binding filled.
#include <gtest/gtest.h>
#include <wdf.h>

#include <cstring>

#include "io/fake_driver.h"
#include "io/io_fixture.h"
#include "kernel/dispatcher.h"
#include "wdf/function_table.h"
#include "wdf/wdf.h"

// What the framework's library puts into every driver.
extern "C" {
WDFFUNC* g_functions = nullptr;
PWDF_DRIVER_GLOBALS g_globals = nullptr;
}
#define CALL(name, type) (reinterpret_cast<type>(g_functions[name##TableIndex]))

namespace portside::wdf {
namespace {

struct Context {
  int number;
  char text[12];
};
const WDF_OBJECT_CONTEXT_TYPE_INFO kContextType = {sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), const_cast<PCHAR>("Context"),
                                                   sizeof(Context), &kContextType, nullptr};

int g_cleanups = 0, g_destroys = 0, g_unloads = 0, g_work = 0, g_timers = 0;
void NTAPI on_cleanup(WDFOBJECT) { ++g_cleanups; }
void NTAPI on_destroy(WDFOBJECT) { ++g_destroys; }
void NTAPI on_unload(WDFDRIVER) { ++g_unloads; }
void NTAPI on_work(WDFWORKITEM) { ++g_work; }
void NTAPI on_timer(WDFTIMER) { ++g_timers; }

class WdfTest : public io::IoMachine {
 protected:
  WdfTest() {
    io::FakeDriver::reset();
    g_cleanups = g_destroys = g_unloads = g_work = g_timers = 0;
    wdf_ = *Wdf::create();
    context_.install(wdf_.get());
  }
  ~WdfTest() override { context_.install<Wdf>(nullptr); }

  Status bind(uint32_t minor = 15, uint32_t count = 444) {
    info_ = {};
    info_.Size = sizeof info_;
    info_.Component = const_cast<PWCHAR>(u"KmdfLibrary");
    info_.Version = {1, minor, 0};
    info_.FuncCount = count;
    info_.FuncTable = reinterpret_cast<WDFFUNC*>(&g_functions);
    auto globals =
        wdf_->bind(&wdm_driver_, u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Sample", &info_);
    if (!globals) return globals.error();
    g_globals = static_cast<PWDF_DRIVER_GLOBALS>(*globals);
    return {};
  }
  WDFDRIVER create_driver() {
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, nullptr);
    config.DriverInitFlags = WdfDriverInitNoDispatchOverride;
    config.EvtDriverUnload = &on_unload;
    UNICODE_STRING path = RTL_CONSTANT_STRING(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Sample");
    WDFDRIVER driver = nullptr;
    EXPECT_EQ(CALL(WdfDriverCreate, PFN_WDFDRIVERCREATE)(g_globals, &wdm_driver_, &path, nullptr, &config, &driver),
              STATUS_SUCCESS);
    return driver;
  }

  std::unique_ptr<Wdf> wdf_;
  DRIVER_OBJECT wdm_driver_{};
  WDF_BIND_INFO info_{};
};

TEST_F(WdfTest, MiniportLifeAsCompiledDriversLiveIt) {
  run([&] {
    ASSERT_TRUE(bind().is_ok());
    EXPECT_STREQ(g_globals->DriverName, "Sample");
    WDFDRIVER driver = create_driver();
    EXPECT_EQ(g_globals->Driver, driver);
    EXPECT_EQ(g_globals->DriverFlags, 2u);
    EXPECT_EQ(CALL(WdfDriverWdmGetDriverObject, PFN_WDFDRIVERWDMGETDRIVEROBJECT)(g_globals, driver), &wdm_driver_);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ContextTypeInfo = &kContextType;
    attributes.EvtCleanupCallback = &on_cleanup;
    attributes.EvtDestroyCallback = &on_destroy;
    DEVICE_OBJECT fdo{}, lower{}, pdo{};
    WDFDEVICE device = nullptr;
    ASSERT_EQ(CALL(WdfDeviceMiniportCreate, PFN_WDFDEVICEMINIPORTCREATE)(g_globals, driver, &attributes, &fdo, &lower,
                                                                         &pdo, &device),
              STATUS_SUCCESS);
    EXPECT_EQ(CALL(WdfDeviceWdmGetDeviceObject, PFN_WDFDEVICEWDMGETDEVICEOBJECT)(g_globals, device), &fdo);
    EXPECT_EQ(CALL(WdfDeviceWdmGetAttachedDevice, PFN_WDFDEVICEWDMGETATTACHEDDEVICE)(g_globals, device), &lower);
    EXPECT_EQ(CALL(WdfDeviceWdmGetPhysicalDevice, PFN_WDFDEVICEWDMGETPHYSICALDEVICE)(g_globals, device), &pdo);
    EXPECT_EQ(CALL(WdfWdmDeviceGetWdfDeviceHandle, PFN_WDFWDMDEVICEGETWDFDEVICEHANDLE)(g_globals, &fdo), device);
    auto* context = static_cast<Context*>(
        CALL(WdfObjectGetTypedContextWorker, PFN_WDFOBJECTGETTYPEDCONTEXTWORKER)(g_globals, device, &kContextType));
    ASSERT_NE(context, nullptr);
    EXPECT_EQ(context->number, 0);
    EXPECT_EQ(CALL(WdfObjectContextGetObject, PFN_WDFOBJECTCONTEXTGETOBJECT)(g_globals, context),
              static_cast<WDFOBJECT>(device));
    CALL(WdfObjectDelete, PFN_WDFOBJECTDELETE)(g_globals, device);
    EXPECT_EQ(g_cleanups, 1);
    EXPECT_EQ(g_destroys, 1);
    CALL(WdfDriverMiniportUnload, PFN_WDFDRIVERMINIPORTUNLOAD)(g_globals, driver);
    EXPECT_EQ(g_unloads, 1);
    EXPECT_EQ(g_globals->Driver, nullptr);
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
    EXPECT_FALSE(wdf_->unbind(&info_, g_globals));
  });
}

TEST_F(WdfTest, UnbindAloneCleansUp) {
  run([&] {
    ASSERT_TRUE(bind().is_ok());
    (void)create_driver();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtDestroyCallback = &on_destroy;
    WDFOBJECT object = nullptr;
    ASSERT_EQ(CALL(WdfObjectCreate, PFN_WDFOBJECTCREATE)(g_globals, &attributes, &object), STATUS_SUCCESS);
    WDFMEMORY memory = nullptr;
    PVOID buffer = nullptr;
    ASSERT_EQ(
        CALL(WdfMemoryCreate, PFN_WDFMEMORYCREATE)(g_globals, nullptr, NonPagedPoolNx, 'tseT', 100, &memory, &buffer),
        STATUS_SUCCESS);
    std::memset(buffer, 1, 100);
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
    EXPECT_EQ(g_destroys, 1);
    EXPECT_EQ(wdf_->objects().find(object), nullptr);
    EXPECT_EQ(services_->pool().report_leaks(), 0u);
  });
}

TEST_F(WdfTest, OtherLibrariesAreRefused) {
  run([&] {
    EXPECT_TRUE(bind(33, 500).is_ok());
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
    EXPECT_FALSE(bind(15, 100'000).is_ok());
    info_.Component = const_cast<PWCHAR>(u"UcxLibrary");
    info_.FuncCount = 444;
    EXPECT_EQ(wdf_->bind(&wdm_driver_, u"x", &info_).error().code(), StatusCode::kNotSupported);
    info_.Size = 8;
    EXPECT_EQ(wdf_->bind(&wdm_driver_, u"x", &info_).error().nt(), STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_FALSE(wdf_->bind(&wdm_driver_, u"x", nullptr));
  });
}

TEST_F(WdfTest, DriverCreateChecksItsArguments) {
  run([&] {
    ASSERT_TRUE(bind().is_ok());
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, nullptr);
    UNICODE_STRING path = RTL_CONSTANT_STRING(u"x");
    auto create = CALL(WdfDriverCreate, PFN_WDFDRIVERCREATE);
    EXPECT_EQ(create(g_globals, &wdm_driver_, &path, nullptr, &config, nullptr), STATUS_NOT_SUPPORTED);
    config.Size = 4;
    EXPECT_EQ(create(g_globals, &wdm_driver_, &path, nullptr, &config, nullptr), STATUS_INFO_LENGTH_MISMATCH);
    (void)create_driver();
    WDF_DRIVER_CONFIG_INIT(&config, nullptr);
    EXPECT_EQ(create(g_globals, &wdm_driver_, &path, nullptr, &config, nullptr), STATUS_DRIVER_INTERNAL_ERROR);
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
  });
}

TEST_F(WdfTest, LocksTimersAndWorkItems) {
  run([&] {
    ASSERT_TRUE(bind().is_ok());
    WDFDRIVER driver = create_driver();
    WDFSPINLOCK spin = nullptr;
    ASSERT_EQ(CALL(WdfSpinLockCreate, PFN_WDFSPINLOCKCREATE)(g_globals, nullptr, &spin), STATUS_SUCCESS);
    CALL(WdfSpinLockAcquire, PFN_WDFSPINLOCKACQUIRE)(g_globals, spin);
    EXPECT_EQ(kernel_->current_irql(), kernel::kDispatchLevel);
    CALL(WdfSpinLockRelease, PFN_WDFSPINLOCKRELEASE)(g_globals, spin);
    EXPECT_EQ(kernel_->current_irql(), kernel::kPassiveLevel);

    WDFWAITLOCK wait = nullptr;
    ASSERT_EQ(CALL(WdfWaitLockCreate, PFN_WDFWAITLOCKCREATE)(g_globals, nullptr, &wait), STATUS_SUCCESS);
    EXPECT_EQ(CALL(WdfWaitLockAcquire, PFN_WDFWAITLOCKACQUIRE)(g_globals, wait, nullptr), STATUS_SUCCESS);
    LONGLONG now = 0;
    EXPECT_EQ(CALL(WdfWaitLockAcquire, PFN_WDFWAITLOCKACQUIRE)(g_globals, wait, &now), STATUS_TIMEOUT);
    CALL(WdfWaitLockRelease, PFN_WDFWAITLOCKRELEASE)(g_globals, wait);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = driver;
    WDF_TIMER_CONFIG timer_config;
    WDF_TIMER_CONFIG_INIT(&timer_config, &on_timer);
    timer_config.Period = 2;
    WDFTIMER timer = nullptr;
    EXPECT_EQ(CALL(WdfTimerCreate, PFN_WDFTIMERCREATE)(g_globals, &timer_config, nullptr, &timer),
              STATUS_INVALID_PARAMETER);
    ASSERT_EQ(CALL(WdfTimerCreate, PFN_WDFTIMERCREATE)(g_globals, &timer_config, &attributes, &timer), STATUS_SUCCESS);
    EXPECT_EQ(CALL(WdfTimerGetParentObject, PFN_WDFTIMERGETPARENTOBJECT)(g_globals, timer),
              static_cast<WDFOBJECT>(driver));
    EXPECT_FALSE(CALL(WdfTimerStart, PFN_WDFTIMERSTART)(g_globals, timer, WDF_REL_TIMEOUT_IN_MS(1)));
    kernel_->sleep_for(std::chrono::milliseconds(10));
    EXPECT_GE(g_timers, 4);
    EXPECT_TRUE(CALL(WdfTimerStop, PFN_WDFTIMERSTOP)(g_globals, timer, TRUE));
    int then = g_timers;
    kernel_->sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(g_timers, then);

    WDF_WORKITEM_CONFIG work_config;
    WDF_WORKITEM_CONFIG_INIT(&work_config, &on_work);
    WDFWORKITEM item = nullptr;
    ASSERT_EQ(CALL(WdfWorkItemCreate, PFN_WDFWORKITEMCREATE)(g_globals, &work_config, &attributes, &item),
              STATUS_SUCCESS);
    CALL(WdfWorkItemEnqueue, PFN_WDFWORKITEMENQUEUE)(g_globals, item);
    CALL(WdfWorkItemFlush, PFN_WDFWORKITEMFLUSH)(g_globals, item);
    EXPECT_EQ(g_work, 1);
    // Left armed on purpose: deleting the driver object stops it.
    CALL(WdfTimerStart, PFN_WDFTIMERSTART)(g_globals, timer, WDF_REL_TIMEOUT_IN_MS(1));
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
    then = g_timers;
    kernel_->sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(g_timers, then);
  });
}

TEST_F(WdfTest, StringsCollectionsAndRegistry) {
  run([&] {
    ASSERT_TRUE(bind().is_ok());
    WDFDRIVER driver = create_driver();
    UNICODE_STRING text = RTL_CONSTANT_STRING(u"hello");
    WDFSTRING string = nullptr;
    ASSERT_EQ(CALL(WdfStringCreate, PFN_WDFSTRINGCREATE)(g_globals, &text, nullptr, &string), STATUS_SUCCESS);
    UNICODE_STRING back{};
    CALL(WdfStringGetUnicodeString, PFN_WDFSTRINGGETUNICODESTRING)(g_globals, string, &back);
    EXPECT_EQ(back.Length, 10);

    WDFCOLLECTION collection = nullptr;
    ASSERT_EQ(CALL(WdfCollectionCreate, PFN_WDFCOLLECTIONCREATE)(g_globals, nullptr, &collection), STATUS_SUCCESS);
    EXPECT_EQ(CALL(WdfCollectionGetLastItem, PFN_WDFCOLLECTIONGETLASTITEM)(g_globals, collection), nullptr);
    CALL(WdfCollectionAdd, PFN_WDFCOLLECTIONADD)(g_globals, collection, string);
    CALL(WdfObjectDelete, PFN_WDFOBJECTDELETE)(g_globals, string);
    // Deleted, and still there for the collection that references it.
    EXPECT_EQ(CALL(WdfCollectionGetFirstItem, PFN_WDFCOLLECTIONGETFIRSTITEM)(g_globals, collection),
              static_cast<WDFOBJECT>(string));
    CALL(WdfCollectionRemoveItem, PFN_WDFCOLLECTIONREMOVEITEM)(g_globals, collection, 0);
    EXPECT_EQ(wdf_->objects().find(string), nullptr);
    EXPECT_EQ(CALL(WdfCollectionGetCount, PFN_WDFCOLLECTIONGETCOUNT)(g_globals, collection), 0u);

    WDFKEY key = nullptr;
    ASSERT_EQ(CALL(WdfDriverOpenParametersRegistryKey, PFN_WDFDRIVEROPENPARAMETERSREGISTRYKEY)(g_globals, driver,
                                                                                               KEY_READ, nullptr, &key),
              STATUS_SUCCESS);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"Gain");
    ULONG value = 0;
    EXPECT_EQ(CALL(WdfRegistryQueryULong, PFN_WDFREGISTRYQUERYULONG)(g_globals, key, &name, &value),
              STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(CALL(WdfRegistryAssignULong, PFN_WDFREGISTRYASSIGNULONG)(g_globals, key, &name, 7), STATUS_SUCCESS);
    EXPECT_EQ(CALL(WdfRegistryQueryULong, PFN_WDFREGISTRYQUERYULONG)(g_globals, key, &name, &value), STATUS_SUCCESS);
    EXPECT_EQ(value, 7u);
    CALL(WdfRegistryClose, PFN_WDFREGISTRYCLOSE)(g_globals, key);
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
  });
}

TEST_F(WdfTest, IoTargetsSendControlRequests) {
  io::FakeDriver::handlers[IRP_MJ_DEVICE_CONTROL] = [&](DEVICE_OBJECT*, IRP* irp, IO_STACK_LOCATION*) {
    std::strcpy(static_cast<char*>(irp->AssociatedIrp.SystemBuffer), "target");
    return io::complete_with(irp, STATUS_SUCCESS, 7);
  };
  run([&] {
    auto fake = io_->drivers().create({.name = "fake", .entry = &io::FakeDriver::entry});
    auto node = io_->pnp().add_root_device({});
    ASSERT_TRUE(io_->pnp().start(**node, *fake));
    ASSERT_TRUE(bind().is_ok());
    WDFDRIVER driver = create_driver();
    DEVICE_OBJECT fdo{};
    WDFDEVICE device = nullptr;
    (void)CALL(WdfDeviceMiniportCreate, PFN_WDFDEVICEMINIPORTCREATE)(g_globals, driver, nullptr, &fdo, nullptr, nullptr,
                                                                     &device);
    WDFIOTARGET target = nullptr;
    ASSERT_EQ(CALL(WdfIoTargetCreate, PFN_WDFIOTARGETCREATE)(g_globals, device, nullptr, &target), STATUS_SUCCESS);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\00000001");
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &name, GENERIC_READ);
    ASSERT_EQ(CALL(WdfIoTargetOpen, PFN_WDFIOTARGETOPEN)(g_globals, target, &params), STATUS_SUCCESS);
    char out[8] = {};
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, out, sizeof out);
    ULONG_PTR returned = 0;
    EXPECT_EQ(CALL(WdfIoTargetSendIoctlSynchronously, PFN_WDFIOTARGETSENDIOCTLSYNCHRONOUSLY)(
                  g_globals, target, nullptr, CTL_CODE(FILE_DEVICE_KS, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS),
                  nullptr, &descriptor, nullptr, &returned),
              STATUS_SUCCESS);
    EXPECT_STREQ(out, "target");
    EXPECT_EQ(returned, 7u);
    CALL(WdfIoTargetClose, PFN_WDFIOTARGETCLOSE)(g_globals, target);
    EXPECT_EQ(recorder_.closed, 1);
    EXPECT_TRUE(wdf_->unbind(&info_, g_globals));
  });
  EXPECT_TRUE(recorder_.misuses.empty());
}

TEST_F(WdfTest, UnimplementedFunctionNamesItself) {
  EXPECT_EQ(function_name(141), "WdfInterruptCreate");
  expect_bug_check(kWdfViolation, [&] {
    (void)bind();
    g_functions[141]();
  });
  EXPECT_NE(kernel_->bug_check_record()->sentence.find("WdfInterruptCreate"), std::string::npos);
}

TEST_F(WdfTest, WrongHandleStopsTheMachine) {
  expect_bug_check(kWdfViolation, [&] {
    (void)bind();
    WDFDRIVER driver = create_driver();
    (void)CALL(WdfDeviceWdmGetDeviceObject, PFN_WDFDEVICEWDMGETDEVICEOBJECT)(g_globals,
                                                                             reinterpret_cast<WDFDEVICE>(driver));
  });
}

TEST_F(WdfTest, OneDereferenceTooManyStopsTheMachine) {
  expect_bug_check(kWdfViolation, [&] {
    (void)bind();
    WDFDRIVER driver = create_driver();
    CALL(WdfObjectReferenceActual, PFN_WDFOBJECTREFERENCEACTUAL)(g_globals, driver, nullptr, 0, nullptr);
    CALL(WdfObjectDereferenceActual, PFN_WDFOBJECTDEREFERENCEACTUAL)(g_globals, driver, nullptr, 0, nullptr);
    CALL(WdfObjectDereferenceActual, PFN_WDFOBJECTDEREFERENCEACTUAL)(g_globals, driver, nullptr, 0, nullptr);
  });
}

}  // namespace
}  // namespace portside::wdf
