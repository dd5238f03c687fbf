// The smallest program that uses the library: how many tensors has this file?
#include <cstdio>

#include "ptscope/open.h"

int main(int argc, char** argv) {
  auto checkpoint = ptscope::Open(argc > 1 ? argv[1] : "");
  if (!checkpoint) {
    std::fprintf(stderr, "%s\n", checkpoint.error().Text().c_str());
    return 2;
  }
  std::printf("%zu tensors\n", checkpoint->tensors.size());
  return 0;
}
