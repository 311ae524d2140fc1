// Interlocked operations and barriers of drivers built with PREEMPTIBLE. The instrumentation makes a call of each, which does
// what was to be done: a driver that hands memory over by InterlockedExchangePointer, or counts references, is seen to do so.

#include <type_traits>

#include "sanitizer/callbacks.h"
#include "sanitizer/sanitizer.h"

#define SEEN __attribute__((ms_abi))

namespace portside::sanitizer {
namespace {

// Each as a full barrier, whatever the driver asked for: processors here are sequentially consistent.
constexpr int kFull = __ATOMIC_SEQ_CST;

template <class Word>
void order(Word* word, bool takes = true, bool gives = true) {
  current<Sanitizer>().order_at(reinterpret_cast<uint64_t>(word), takes, gives);
}

template <class Word>
struct Interlocked {
  static SEEN Word load(const Word* word, int) {
    order(word, true, false);
    return __atomic_load_n(word, kFull);
  }
  static SEEN void store(Word* word, Word value, int) {
    order(word, false, true);
    __atomic_store_n(word, value, kFull);
  }
  static SEEN Word exchange(Word* word, Word value, int) {
    order(word);
    return __atomic_exchange_n(word, value, kFull);
  }
  static SEEN Word fetch_add(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_add(word, value, kFull);
  }
  static SEEN Word fetch_sub(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_sub(word, value, kFull);
  }
  static SEEN Word fetch_and(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_and(word, value, kFull);
  }
  static SEEN Word fetch_or(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_or(word, value, kFull);
  }
  static SEEN Word fetch_xor(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_xor(word, value, kFull);
  }
  static SEEN Word fetch_nand(Word* word, Word value, int) {
    order(word);
    return __atomic_fetch_nand(word, value, kFull);
  }
  static SEEN Word compare_exchange(Word* word, Word expected, Word value, int, int) {
    order(word);
    __atomic_compare_exchange_n(word, &expected, value, false, kFull, kFull);
    return expected;
  }
};

// Memory that is handed over by plain accesses with barriers between: who comes past one knows what was done before the others'.
SEEN void fence(int) {
  static const char kFences = 0;
  order(&kFences);
  __atomic_thread_fence(kFull);
}
SEEN void compiler_fence(int) {}

}  // namespace

std::span<const Callback> interlocked_callbacks() {
#define AS(name, function) {"__tsan_atomic" name, (void*)&function}
#define WORD(bits, type)                                                                                          \
  AS(#bits "_load", Interlocked<type>::load), AS(#bits "_store", Interlocked<type>::store),                       \
      AS(#bits "_exchange", Interlocked<type>::exchange), AS(#bits "_fetch_add", Interlocked<type>::fetch_add),   \
      AS(#bits "_fetch_sub", Interlocked<type>::fetch_sub), AS(#bits "_fetch_and", Interlocked<type>::fetch_and), \
      AS(#bits "_fetch_or", Interlocked<type>::fetch_or), AS(#bits "_fetch_xor", Interlocked<type>::fetch_xor),   \
      AS(#bits "_fetch_nand", Interlocked<type>::fetch_nand),                                                     \
      AS(#bits "_compare_exchange_val", Interlocked<type>::compare_exchange)
  static const Callback kAll[] = {
      WORD(8, uint8_t),   WORD(16, uint16_t),         WORD(32, uint32_t),
      WORD(64, uint64_t), AS("_thread_fence", fence), AS("_signal_fence", compiler_fence),
  };
#undef WORD
#undef AS
  return kAll;
}

}  // namespace portside::sanitizer
