#include "cli/run.h"

int main(int argc, char** argv) {
  return ptscope::cli::Run({argv, static_cast<size_t>(argc)});
}
