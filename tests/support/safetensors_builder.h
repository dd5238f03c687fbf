// Builds safetensors files.
#ifndef PTSCOPE_TESTS_SUPPORT_SAFETENSORS_BUILDER_H_
#define PTSCOPE_TESTS_SUPPORT_SAFETENSORS_BUILDER_H_

#include <string>
#include <vector>

#include "support/torch_pickle.h"

namespace ptscope::test {

// With one byte for each name.
inline std::string SafetensorsOf(const std::vector<std::string>& names) {
  std::string header;
  for (size_t i = 0; i < names.size(); ++i) {
    header += (i == 0 ? "{\"" : ",\"") + names[i] +
              R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" +
              std::to_string(i) + "," + std::to_string(i + 1) + "]}";
  }
  header += names.empty() ? "{}" : "}";
  return Little(header.size(), 8) + header + std::string(names.size(), 'v');
}

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_SAFETENSORS_BUILDER_H_
