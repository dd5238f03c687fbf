#include "cli/references.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/stdin_source.h"
#include "ptscope/open.h"

namespace ptscope::cli {

namespace {

bool IsFolder(const std::string& path) {
  std::error_code error;
  return path != "-" && std::filesystem::is_directory(path, error);
}

Result<ReferenceSet> ReadOne(const std::filesystem::path& path,
                             const ReferenceOptions& reading) {
  if (path != "-") return ReadReference(path, reading);
  PTSCOPE_TRY(const auto source, OpenStdin(reading.limits));
  return ReadReference(*source, "", reading);
}

bool IsCheckpointFolder(const std::string& path) {
  const auto folder = OpenFolder(path);
  if (!folder) return false;
  const auto names = (*folder)->List();
  return names && KindOfFolder(*names) != FolderKind::kPlain;
}

// The file that --config means for a FILE: a bare name lies beside it.
std::string ConfigFor(const std::string& config, const std::string& file) {
  if (config.find('/') != std::string::npos) return config;
  return (std::filesystem::path(file).parent_path() / config).string();
}

Result<ModelConfig> ReadConfig(const std::string& path, const Limits& limits) {
  auto source = OpenFile(path);
  if (!source) {
    source.error().code = ErrorCode::kConfig;
    return std::move(source.error());
  }
  return ReadModelConfig(**source, limits);
}

}  // namespace

Result<References> References::Load(const Options& options,
                                    std::string& about) {
  about = options.manifest;
  References references(options);
  ReferenceOptions reading{
      .limits = options.limits,
      .member = options.member,
      .filter = NameFilter(options.match, options.exclude)};
  if (options.root && *options.root != "auto") reading.root = options.root;
  PTSCOPE_CHECK(references.LoadSets(reading, about));
  if (options.config.empty()) {
    PTSCOPE_CHECK(references.CheckVersion());
    return references;
  }
  if (references.sets_.front().kind != ReferenceSet::Kind::kManifest) {
    return Error{.code = ErrorCode::kUsage,
                 .message =
                     "--config chooses among manifests, and this "
                     "reference is none"};
  }
  if (options.config.find('/') != std::string::npos) {
    about = options.config;
    PTSCOPE_TRY(references.config_, ReadConfig(options.config, options.limits));
  }
  return references;
}

Status References::LoadSets(const ReferenceOptions& reading,
                            std::string& about) {
  const std::filesystem::path path(options_->manifest);
  if (!IsFolder(options_->manifest) ||
      (options_->config.empty() && IsCheckpointFolder(options_->manifest))) {
    PTSCOPE_TRY(ReferenceSet set, ReadOne(path, reading));
    sets_.push_back(std::move(set));
    return {};
  }
  PTSCOPE_TRY(const auto folder, OpenFolder(options_->manifest));
  if (options_->config.empty()) {
    PTSCOPE_TRY(const auto names, folder->List());
    if (KindOfFolder(names) != FolderKind::kPlain) {
      PTSCOPE_TRY(ReferenceSet set, ReadReference(path, reading));
      sets_.push_back(std::move(set));
      return {};
    }
    return Error{.code = ErrorCode::kUsage,
                 .message = "is a directory",
                 .hint =
                     "a folder of manifests needs --config, which says "
                     "which of them"};
  }
  auto sets = ReadManifests(*folder, reading);
  if (!sets) {
    // Of one of them: that is the file to look into.
    std::string& name = sets.error().record;
    if (!name.empty()) about = (path / std::exchange(name, {})).string();
    return std::move(sets.error());
  }
  sets_ = *std::move(sets);
  return {};
}

// Without --config: that --manifest-version goes with the manifest.
Status References::CheckVersion() const {
  const ReferenceSet& set = sets_.front();
  const std::string& version = options_->manifest_version;
  if (!set.has_versions()) {
    if (version.empty()) return {};
    return Error{.code = ErrorCode::kManifest,
                 .message = "has no versions to choose from",
                 .hint = "leave out --manifest-version"};
  }
  if (version == "auto" || set.Find(version) != nullptr) return {};
  if (version.empty()) {
    return Error{.code = ErrorCode::kManifest,
                 .message = fmt::format("has versions to choose from: {}",
                                        set.VersionNames()),
                 .hint =
                     "--manifest-version N takes one, auto the one that "
                     "fits best, --config FILE what a configuration says"};
  }
  return Error{.code = ErrorCode::kManifest,
               .message = fmt::format("has no version \"{}\"", version),
               .expected = "one of " + set.VersionNames()};
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
  const std::string path = ConfigFor(options_->config, file);
  Result<ModelConfig> config =
      config_ ? Result(*config_) : ReadConfig(path, options_->limits);
  if (!config) {
    // The FILE is named by whoever tells of it; which configuration, here.
    Error& error = config.error();
    error.message =
        fmt::format("configuration {}{}{}: {}", path,
                    error.place.empty() ? "" : ":", error.place, error.message);
    error.place.clear();
    return std::move(error);
  }
  auto found = FindConfigured(sets_, *config);
  if (!found) {
    found.error().message += fmt::format(" (configuration {})", path);
    return std::move(found.error());
  }
  return Whole(*found->set, {found->reference, 1});
}

}  // namespace ptscope::cli
