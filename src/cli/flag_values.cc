#include "cli/flag_values.h"

#include "ptscope/limits.h"
#include "render/renderer.h"

namespace ptscope::cli {

std::span<const std::string_view> ValueWords(std::string_view flag) {
  static constexpr std::string_view kFormats[] = {
#define X(name, make) name,
      PTSCOPE_OUTPUT_FORMATS(X)
#undef X
  };
  static constexpr std::string_view kLimits[] = {
#define X(name, standard, reason) #name,
      PTSCOPE_LIMITS(X)
#undef X
  };
  static constexpr std::string_view kColors[] = {"auto", "always", "never"};
  static constexpr std::string_view kSorts[] = {"file", "name", "size"};
  static constexpr std::string_view kStyles[] = {"ptscope", "torch"};
  if (flag == "--format") return kFormats;
  if (flag == "--max") return kLimits;
  if (flag == "--color") return kColors;
  if (flag == "--sort") return kSorts;
  if (flag == "--style") return kStyles;
  return {};
}

}  // namespace ptscope::cli
