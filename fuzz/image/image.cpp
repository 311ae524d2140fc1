// Any bytes at all, through the whole load path: parse, map, relocate, bind, protect, look up, unwind, discard, unmap.
// Nothing of the image is executed. loader/image_corpus_test.cpp runs the same function over the corpus.

#include "image_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portside::loader::exercise_load_path(std::span(data, size));
  return 0;
}
