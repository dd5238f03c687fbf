#include "cli/references.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/stdin_source.h"

namespace ptscope::cli {

namespace {

bool IsFolder(const std::string& path) {
  std::error_code error;
  return path != "-" && std::filesystem::is_directory(path, error);
}

// The file that --config means for a FILE: a bare name lies beside it.
std::string ConfigFor(const std::string& config, const std::string& file) {
  if (config.find('/') != std::string::npos) return config;
  return (std::filesystem::path(file).parent_path() / config).string();
}

}  // namespace

Result<References> References::Load(const Options& options) {
  References references(options);
  ReferenceOptions reading{
      .limits = options.limits,
      .filter = NameFilter(options.match, options.exclude)};
  if (options.root && *options.root != "auto") reading.root = options.root;
  if (IsFolder(options.manifest)) {
    if (options.config.empty()) {
      return Error{.code = ErrorCode::kUsage,
                   .message = "is a directory",
                   .hint =
                       "a folder of manifests needs --config, which says "
                       "which of them"};
    }
    PTSCOPE_TRY(const auto folder, OpenFolder(options.manifest));
    PTSCOPE_TRY(references.sets_, ReadManifests(*folder, reading));
  } else {
    PTSCOPE_TRY(const auto source, OpenReference(options));
    const std::string name =
        std::filesystem::path(options.manifest).filename().string();
    PTSCOPE_TRY(ReferenceSet set, ReadReference(*source, name, reading));
    references.sets_.push_back(std::move(set));
  }
  const ReferenceSet& set = references.sets_.front();
  if (!options.config.empty()) {
    if (set.kind != ReferenceSet::Kind::kManifest) {
      return Error{.code = ErrorCode::kUsage,
                   .message =
                       "--config chooses among manifests, and this "
                       "reference is none"};
    }
    if (options.config.find('/') != std::string::npos) {
      PTSCOPE_TRY(references.config_, references.ReadConfig(options.config));
    }
    return references;
  }
  if (!options.manifest_version.empty() && !set.has_versions()) {
    return Error{.code = ErrorCode::kManifest,
                 .message = "has no versions to choose from",
                 .hint = "leave out --manifest-version"};
  }
  if (!set.has_versions() || options.manifest_version == "auto") {
    return references;
  }
  if (options.manifest_version.empty()) {
    return Error{
        .code = ErrorCode::kManifest,
        .message = fmt::format("has several versions: {}", set.VersionNames()),
        .hint =
            "--manifest-version N takes one, auto the one that "
            "fits best, --config FILE what a configuration says"};
  }
  if (set.Find(options.manifest_version) == nullptr) {
    return Error{.code = ErrorCode::kManifest,
                 .message = fmt::format("has no version \"{}\"",
                                        options.manifest_version),
                 .expected = "one of " + set.VersionNames()};
  }
  return references;
}

Result<ModelConfig> References::ReadConfig(const std::string& path) const {
  auto source = OpenFile(path);
  Result<ModelConfig> config =
      source ? ReadModelConfig(**source, options_->limits)
             : Result<ModelConfig>(std::move(source.error()));
  if (config) return config;
  // The FILE is named by whoever tells of it; which configuration, here.
  Error& error = config.error();
  if (error.code == ErrorCode::kIo) error.code = ErrorCode::kConfig;
  error.message =
      fmt::format("configuration {}{}{}: {}", path,
                  error.place.empty() ? "" : ":", error.place, error.message);
  error.place.clear();
  return config;
}

References::Choice References::Whole(
    const ReferenceSet& set, std::span<const Reference> versions) const {
  return {&set, versions, set.name.empty() ? options_->manifest : set.name};
}

Result<References::Choice> References::For(const std::string& file) const {
  const ReferenceSet& set = sets_.front();
  if (options_->config.empty()) {
    if (options_->manifest_version == "auto") return Whole(set, set.versions);
    const Reference* one = options_->manifest_version.empty()
                               ? &set.versions.front()
                               : set.Find(options_->manifest_version);
    return Whole(set, {one, 1});
  }
  std::optional<ModelConfig> config = config_;
  if (!config) {
    PTSCOPE_TRY(config, ReadConfig(ConfigFor(options_->config, file)));
  }
  auto found = FindConfigured(sets_, *config);
  if (!found) {
    found.error().message +=
        fmt::format(" (configuration {})", ConfigFor(options_->config, file));
    return std::move(found.error());
  }
  return Whole(*found->set, {found->reference, 1});
}

}  // namespace ptscope::cli
