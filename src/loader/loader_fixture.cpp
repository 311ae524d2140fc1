#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

// The test that runs. Tests run one after another.
Probe* probe = nullptr;

#define ABI __attribute__((ms_abi))

ABI int probe_add(int a, int b) { return a + b; }
ABI int probe_by_ordinal(int a) { return a * 7; }
ABI int probe_sum(int count, ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, count);
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += __builtin_va_arg(arguments, int);
  __builtin_ms_va_end(arguments);
  return sum;
}
ABI double probe_mix(int a, double b, int64_t c, float d, int e, double f, int64_t g) {
  return a + 10 * b + 100 * static_cast<double>(c) + 1000 * d + 10000 * e + 100000 * f +
         1000000 * static_cast<double>(g);
}
ABI int probe_read(const int* place) { return *static_cast<const volatile int*>(place); }
ABI int probe_call(ABI int (*callback)(void*), void* argument) { return callback(argument); }
ABI int probe_walk() {
  probe->walks.push_back(capture_stack());
  return 0;
}
ABI void probe_log(int event) { probe->log.push_back(event); }
ABI void probe_clobber() {
  __asm__ volatile(
      "xorps %%xmm0, %%xmm0; xorps %%xmm1, %%xmm1; xorps %%xmm6, %%xmm6; xorps %%xmm7, %%xmm7; xorps %%xmm8, %%xmm8;"
      "xor %%ebx, %%ebx; xor %%esi, %%esi; xor %%edi, %%edi; xor %%r12d, %%r12d; xor %%r15d, %%r15d" ::
          : "xmm0", "xmm1", "xmm6", "xmm7", "xmm8", "rbx", "rsi", "rdi", "r12", "r15", "r8", "r9", "r10", "r11");
}
ABI int probe_late(int a) { return a - 1; }

ABI int method_walk(void*) { return probe_walk(); }
ABI int method_read(void*, const int* place) { return probe_read(place); }
void* const kMethods[] = {reinterpret_cast<void*>(&method_walk), reinterpret_cast<void*>(&method_read)};
const void* const kObject = kMethods;
ABI void* probe_object() { return const_cast<void*>(static_cast<const void*>(&kObject)); }

}  // namespace

Result<ResolvedImport> FixtureResolver::resolve(const ImportName& import) {
  static const std::map<std::string, void*> kFunctions = {
      {"probe.sys!probe_add", reinterpret_cast<void*>(&probe_add)},
      {"probe.sys!#7", reinterpret_cast<void*>(&probe_by_ordinal)},
      {"probe.sys!probe_sum", reinterpret_cast<void*>(&probe_sum)},
      {"probe.sys!probe_mix", reinterpret_cast<void*>(&probe_mix)},
      {"probe.sys!probe_read", reinterpret_cast<void*>(&probe_read)},
      {"probe.sys!probe_call", reinterpret_cast<void*>(&probe_call)},
      {"probe.sys!probe_walk", reinterpret_cast<void*>(&probe_walk)},
      {"probe.sys!probe_log", reinterpret_cast<void*>(&probe_log)},
      {"probe.sys!probe_clobber", reinterpret_cast<void*>(&probe_clobber)},
      {"probe.sys!probe_object", reinterpret_cast<void*>(&probe_object)},
      {"late.sys!probe_late", reinterpret_cast<void*>(&probe_late)},
  };
  if (import.dll == "probe.sys" && import.name == "probe_data") return ResolvedImport{&probe->data, true};
  if (auto found = kFunctions.find(import.to_string()); found != kFunctions.end()) return ResolvedImport{found->second};
  for (const ExceptionExport& row : exception_exports())
    if (import.dll == "ntoskrnl.exe" && import.name == row.name) return ResolvedImport{row.address};
  return fail(StatusCode::kEntrypointNotFound, import.to_string());
}

void LoaderTest::SetUp() {
  probe = &probe_;
  auto kernel = kernel::Kernel::create({});
  ASSERT_TRUE(kernel) << kernel.error().to_string();
  kernel_ = std::move(*kernel);
  machine_.install(kernel_.get());
  scope_ = std::make_unique<CurrentMachineScope>(machine_);
  restart_loader({.allow_missing_imports = true});
}

void LoaderTest::restart_loader(const LoaderOptions& options) {
  loader_.reset();
  loader_ = std::make_unique<Loader>(kernel_->fault_hub(), hooks_, ops_, options);
  machine_.install(loader_.get());
  machine_.set_stack_source(&loader_->stack_walker());
}

void LoaderTest::TearDown() {
  loader_.reset();
  scope_.reset();
  kernel_.reset();
  probe = nullptr;
}

Image& LoaderTest::load(const std::string& name) {
  auto image = loader_->load(test_image(name), resolver_);
  if (!image) {
    ADD_FAILURE() << image.error().to_string();
    std::abort();
  }
  return **image;
}

}  // namespace portside::loader
