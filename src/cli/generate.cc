#include "cli/generate.h"

namespace ptscope::cli {

namespace {

struct Maker {
  std::string_view name;
  std::string (*make)();
};

constexpr Maker kMakers[] = {
    {"man", &GenerateMan},
    {"bash", &GenerateBash},
    {"zsh", &GenerateZsh},
    {"fish", &GenerateFish},
};

}  // namespace

std::optional<std::string> Generate(std::string_view output) {
  for (const Maker& maker : kMakers) {
    if (maker.name == output) return maker.make();
  }
  return {};
}

std::string Outputs() {
  std::string names;
  for (const Maker& maker : kMakers) {
    if (!names.empty()) names += ", ";
    names += maker.name;
  }
  return names;
}

}  // namespace ptscope::cli
