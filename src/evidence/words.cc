#include "evidence/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ptscope::evidence {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string Count(uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string ShapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ",", shape[i]);
  }
  return text + "]";
}

std::string Join(std::string_view module, std::string_view rest) {
  if (module.empty()) return std::string(rest);
  if (rest.empty()) return std::string(module);
  return std::string(module).append(".").append(rest);
}

std::string_view ModuleOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? std::string_view() : name.substr(0, dot);
}

std::string_view LeafOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? name : name.substr(dot + 1);
}

std::optional<uint32_t> NumberOf(std::string_view step) {
  if (step.empty() || step.size() > 9) return {};
  if (!std::ranges::all_of(step, IsDigit)) return {};
  uint32_t number = 0;
  std::from_chars(step.data(), step.data() + step.size(), number);
  return number;
}

std::string_view DigitsAtEnd(std::string_view step) {
  size_t at = step.size();
  while (at > 0 && IsDigit(step[at - 1]) && step.size() - at < 9) --at;
  return step.substr(at);
}

std::string WithoutWrappers(std::string_view name) {
  constexpr std::string_view kWrappers[] = {"_orig_mod", "_fsdp_wrapped_module",
                                            "_checkpoint_wrapped_module"};
  std::string out;
  out.reserve(name.size());
  bool first = true;
  for (size_t at = 0; at <= name.size();) {
    const size_t dot = std::min(name.find('.', at), name.size());
    const std::string_view step = name.substr(at, dot - at);
    at = dot + 1;
    const bool last = at > name.size();
    const bool wraps =
        std::ranges::find(kWrappers, step) != std::end(kWrappers) ||
        (first && step == "module");
    if (wraps && !last) continue;
    if (!first) out += '.';
    out += step;
    first = false;
  }
  return out;
}

}  // namespace ptscope::evidence
