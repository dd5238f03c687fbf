#include "ptscope/show.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/escape.h"
#include "json/writer.h"
#include "model/kept_values.h"

namespace ptscope {

namespace {

using Sink = std::function<void(std::string_view)>;

// Values to indented JSON.
class Document final : public ValueVisitor {
 public:
  Document(const Sink& sink, const ShowOptions& options)
      : raw_(options.raw),
        most_(options.limits.shown_bytes),
        sink_(sink),
        json_([this](std::string_view text) { Write(text); },
              JsonWriter::Spacing::kSpaced) {}

  void BeginObject(Lines lines) override {
    NextPlace();
    json_.BeginObject();
    levels_.push_back({lines});
  }
  void EndObject() override {
    LastPlace();
    json_.EndObject();
  }
  void Key(std::string_view key) override {
    NextPlace();
    json_.TextKey(key);
    behind_key_ = true;
  }
  void BeginArray(Lines lines) override {
    NextPlace();
    json_.BeginArray();
    levels_.push_back({lines});
  }
  void EndArray() override {
    LastPlace();
    json_.EndArray();
  }
  void String(std::string_view text) override {
    if (raw_ && levels_.empty()) {
      std::string escaped;
      EscapeText(escaped, text, EscapeFor::kTsv);
      return json_.Raw(escaped);
    }
    NextPlace();
    json_.String(text);
  }
  void Number(std::string_view json) override {
    NextPlace();
    json_.Raw(json);
  }
  void Bool(bool value) override {
    NextPlace();
    json_.Bool(value);
  }
  void Null() override {
    NextPlace();
    json_.Null();
  }
  bool IsFull() const override { return written_ > most_; }

  void Finish() {
    json_.Newline();
    json_.Flush();
  }

 private:
  struct Level {
    Lines lines;
    bool empty = true;
  };

  // Where the next member begins.
  void NextPlace() {
    if (behind_key_ || levels_.empty()) {
      behind_key_ = false;
      return;
    }
    Level& level = levels_.back();
    level.empty = false;
    if (level.lines == Lines::kMany) json_.NextLine(2 * levels_.size());
  }
  // Where the bracket that closes stands.
  void LastPlace() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (!level.empty && level.lines == Lines::kMany) {
      json_.Newline(2 * levels_.size());
    }
  }
  void Write(std::string_view text) {
    written_ += text.size();
    if (sink_) sink_(text);
  }

  const bool raw_;
  const uint64_t most_;
  const Sink& sink_;
  JsonWriter json_;
  std::vector<Level> levels_;
  bool behind_key_ = false;
  uint64_t written_ = 0;
};

// The facts of a format that has text about the file and no other values.
class Facts final : public KeptValues {
 public:
  explicit Facts(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  Status Show(std::string_view path, const Limits&,
              ValueVisitor& to) const override {
    if (path.empty()) {
      to.BeginObject(ValueVisitor::Lines::kMany);
      for (const Fact& fact : checkpoint_.metadata) {
        to.Key(fact.key);
        to.String(fact.value);
      }
      to.EndObject();
      return {};
    }
    for (const Fact& fact : checkpoint_.metadata) {
      if (fact.key != path) continue;
      to.String(fact.value);
      return {};
    }
    std::string hint = "its metadata has";
    constexpr size_t kMost = 20;
    for (size_t i = 0; i < checkpoint_.metadata.size() && i < kMost; ++i) {
      hint += i == 0 ? " \"" : ", \"";
      hint.append(checkpoint_.metadata[i].key) += '"';
    }
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("nothing is at \"{}\"", path),
                 .hint = std::move(hint)};
  }

 private:
  const Checkpoint& checkpoint_;
};

Status Show(const KeptValues& values, std::string_view path,
            const ShowOptions& options, const Sink& sink) {
  Document document(sink, options);
  PTSCOPE_CHECK(values.Show(path, options.limits, document));
  document.Finish();
  if (!document.IsFull()) return {};
  return Error{
      .code = ErrorCode::kLimit,
      .message =
          "what there is to show is more than the limit "
          "`shown_bytes`",
      .expected = fmt::format("at most {} bytes", options.limits.shown_bytes),
      .hint = "a PATH shows a part"};
}

Error NothingToShow(const Checkpoint& checkpoint) {
  return {
      .code = ErrorCode::kUnsupported,
      .message = checkpoint.parts.empty() && checkpoint.files.empty()
                     ? fmt::format("of the format {} nothing but tensors is "
                                   "read",
                                   checkpoint.format)
                     : "it is a checkpoint of several files",
      .hint = checkpoint.parts.empty() && checkpoint.files.empty()
                  ? "ls lists them"
                  : "name one of them"};
}

}  // namespace

Status ShowValues(const Checkpoint& checkpoint, std::string_view path,
                  const ShowOptions& options, const Sink& sink) {
  const Facts facts(checkpoint);
  const KeptValues* values = checkpoint.values.get();
  if (values == nullptr && checkpoint.metadata.empty()) {
    return NothingToShow(checkpoint);
  }
  if (values == nullptr) values = &facts;
  // Once for its length alone, so that nothing is written of what cannot be
  // shown whole, and no text has to be held.
  PTSCOPE_CHECK(Show(*values, path, options, {}));
  return Show(*values, path, options, sink);
}

}  // namespace ptscope
