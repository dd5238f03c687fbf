#include "cli/input_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/name_list.h"
#include "cli/walk.h"
#include "ptscope/open.h"
#include "render/renderer.h"

namespace ptscope::cli {

size_t InputFiles::Width() const {
  size_t width = 0;
  for (const InputFile& file : files) {
    if (file.error != nullptr) continue;
    if (file.found && !IsNamedAsCheckpoint(file.name)) continue;
    width = std::max(width, render::WidthInTable(file.name));
  }
  return width;
}

Result<InputFiles> ListInputFiles(const Options& options) {
  std::vector<std::string> names = options.files;
  if (!options.files_from.empty()) {
    PTSCOPE_CHECK(ReadNameList(options.files_from, options.nul, names));
  }
  InputFiles input;
  const FileFilter filter(options.include_file, options.exclude_file);
  for (std::string& name : names) {
    std::error_code ec;
    if (options.recursive && std::filesystem::is_directory(name, ec)) {
      Walk(name, filter, input);
    } else {
      input.files.push_back({.name = std::move(name)});
    }
  }
  return input;
}

}  // namespace ptscope::cli
