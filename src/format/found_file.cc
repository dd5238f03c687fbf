// What matters of a file that nobody named, but that lay among others.
#include <algorithm>

#include "ptscope/open.h"

namespace ptscope {

namespace {

constexpr std::string_view kEndings[] = {
    ".pt",  ".pth", ".ckpt", ".bin",    ".safetensors",
    ".pkl", ".tar", ".nemo", ".distcp", ".pt2"};

}  // namespace

bool IsNamedAsCheckpoint(std::string_view name) {
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return name.ends_with(ending);
  });
}

bool IsUnrelated(const Error& error, std::string_view name) {
  if (error.placeholder) return !IsNamedAsCheckpoint(name);
  return error.code == ErrorCode::kNotCheckpoint;
}

}  // namespace ptscope
