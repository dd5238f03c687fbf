#include "evidence/model_settings.h"

#include <algorithm>
#include <iterator>

#include "json/reader.h"
#include "manifest/read_text.h"

namespace ptscope::evidence {

namespace {

// Takes what it knows from the top level and leaves the rest alone.
class Handler final : public JsonHandler {
 public:
  bool OnObjectBegin() override { return Open(); }
  bool OnObjectEnd() override { return Close(); }
  bool OnArrayBegin() override {
    in_architectures_ = depth_ == 1 && key_ == "architectures";
    return Open();
  }
  bool OnArrayEnd() override {
    in_architectures_ = false;
    return Close();
  }
  bool OnKey(std::string_view key) override {
    if (depth_ == 1) key_ = key;
    return true;
  }
  bool OnString(std::string_view text) override {
    if (in_architectures_ && depth_ == 2 && !architecture_seen_) {
      architecture_seen_ = true;
      settings.writes = text.ends_with("ForCausalLM");
    }
    return true;
  }
  bool OnInt64(int64_t value) override {
    if (depth_ != 1) return true;
    if (std::ranges::find(kBlockCounts, key_) != std::end(kBlockCounts)) {
      settings.blocks.emplace_back(key_, value);
    } else if (key_ == "vocab_size") {
      settings.vocabulary = value;
    }
    return true;
  }
  bool OnUint64(uint64_t) override { return true; }
  bool OnDouble(double) override { return true; }
  bool OnBool(bool value) override {
    if (depth_ == 1 && key_ == "tie_word_embeddings") settings.untied = !value;
    return true;
  }
  bool OnNull() override { return true; }

  ModelSettings settings;

 private:
  bool Open() {
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  uint64_t depth_ = 0;
  std::string key_;
  bool in_architectures_ = false;
  bool architecture_seen_ = false;
};

void ReadBeside(const EvidenceOptions& options,
                std::vector<ModelSettings>& to) {
  if (options.beside == nullptr) return;
  const auto source = options.beside->Open("config.json");
  if (!source) return;
  const auto text =
      manifest::ReadText(**source, "the configuration", options.limits);
  if (!text) return;
  Handler handler;
  handler.settings.place = "config.json";
  if (!ParseJson(*text, handler, {.code = ErrorCode::kConfig})) return;
  to.push_back(std::move(handler.settings));
}

}  // namespace

std::vector<ModelSettings> ReadModelSettings(const Checkpoint& checkpoint,
                                             const EvidenceOptions& options) {
  std::vector<ModelSettings> all;
  ReadBeside(options, all);
  constexpr size_t kMost = 16;
  for (const Setting& setting : checkpoint.training.settings) {
    if (all.empty() || all.back().place != setting.place) {
      if (all.size() == kMost) break;
      all.push_back({.place = std::string(setting.place)});
    }
    all.back().blocks.emplace_back(setting.key, setting.number);
  }
  return all;
}

}  // namespace ptscope::evidence
