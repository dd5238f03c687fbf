// A Folder of files in memory.
#ifndef PTSCOPE_TESTS_SUPPORT_MEMORY_FOLDER_H_
#define PTSCOPE_TESTS_SUPPORT_MEMORY_FOLDER_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/source.h"
#include "support/pickle_builder.h"

namespace ptscope::test {

struct MemoryFolder final : Folder {
  std::map<std::string, std::string, std::less<>> files;
  mutable std::vector<std::string> opened;

  explicit MemoryFolder(
      std::map<std::string, std::string, std::less<>> content = {})
      : files(std::move(content)) {}

  Result<std::vector<std::string>> List() const override {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) names.push_back(name);
    return names;
  }
  Result<std::unique_ptr<Source>> Open(std::string_view name) const override {
    opened.emplace_back(name);
    if (name.find('/') != name.npos) {
      return Error{.message = "a file name leaves its folder"};
    }
    const auto file = files.find(name);
    if (file == files.end()) {
      return Error{.code = ErrorCode::kIo,
                   .message = "no such file",
                   .placeholder = true};
    }
    return OpenMemory(AsBytes(file->second));
  }
  Result<std::unique_ptr<Folder>> OpenFolder(std::string_view) const override {
    return Error{.code = ErrorCode::kIo, .message = "no such folder"};
  }
};

}  // namespace ptscope::test

#endif  // PTSCOPE_TESTS_SUPPORT_MEMORY_FOLDER_H_
