// Any bytes at all, read as an INF: encoding, sections, strings, models, and the whole installation of each model.
// inf/inf_corpus_test.cpp runs the same function over the corpus.

#include "inf_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portside::inf::exercise_inf(std::span(data, size));
  return 0;
}
