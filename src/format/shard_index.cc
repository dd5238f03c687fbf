#include "format/shard_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/byte_reader.h"
#include "format/wrong_input_probe.h"
#include "format/wrong_input_text.h"
#include "json/reader.h"

namespace ptscope::format {

namespace {

class IndexReader final : public JsonHandler {
 public:
  explicit IndexReader(Arena& arena) : arena_(arena) {}

  // What was read, with the shards in their order.
  ShardIndex Take() {
    const auto& shards = index_.shards;
    std::vector<uint32_t> order(shards.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, {}, [&](uint32_t i) { return shards[i]; });
    std::vector<std::string_view> sorted(shards.size());
    std::vector<uint32_t> place(shards.size());
    for (uint32_t i = 0; i < order.size(); ++i) {
      sorted[i] = shards[order[i]];
      place[order[i]] = i;
    }
    for (ShardIndex::Name& name : index_.names) name.shard = place[name.shard];
    index_.shards = std::move(sorted);
    return std::move(index_);
  }
  size_t count() const { return index_.names.size(); }
  bool has_map() const { return has_map_; }

  bool OnObjectBegin() override {
    if (!Expects(true)) return false;
    return Open();
  }
  bool OnObjectEnd() override { return Close(); }
  bool OnArrayBegin() override {
    if (!Expects(false)) return false;
    return Open();
  }
  bool OnArrayEnd() override { return Close(); }

  bool OnKey(std::string_view key) override {
    if (depth_ == 1) {
      part_ = key == "weight_map" ? Part::kMap
              : key == "metadata" ? Part::kMetadata
                                  : Part::kOther;
    } else if (depth_ == 2 && part_ != Part::kOther) {
      key_ = arena_.Copy(key);
    }
    return true;
  }

  bool OnString(std::string_view text) override {
    if (InMap()) {
      index_.names.push_back({key_, ShardOf(text)});
      return true;
    }
    return Scalar(text);
  }
  bool OnInt64(int64_t value) override {
    return Number(static_cast<double>(value), fmt::format("{}", value));
  }
  bool OnUint64(uint64_t value) override {
    return Number(static_cast<double>(value), fmt::format("{}", value));
  }
  bool OnDouble(double value) override {
    return Number(value, fmt::format("{}", value));
  }
  bool OnBool(bool value) override { return Scalar(value ? "true" : "false"); }
  bool OnNull() override { return Scalar("null"); }

 private:
  enum class Part : uint8_t { kOther, kMap, kMetadata };

  bool InMap() const { return depth_ == 2 && part_ == Part::kMap; }

  bool Open() {
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  // Whether an object or an array may begin here.
  bool Expects(bool object) {
    const std::string_view found = object ? "an object" : "an array";
    if (depth_ == 0 && !object) return Wrong("it is no object", found);
    if (depth_ == 1 && part_ == Part::kMap) {
      if (has_map_ || !object) return Wrong("`weight_map` is no object", found);
      has_map_ = true;
    }
    return !InMap() || WrongShard(found);
  }

  bool Number(double value, const std::string& text) {
    if (depth_ == 2 && part_ == Part::kMetadata && key_ == "total_size") {
      index_.total_size = value;
    }
    return Scalar(text);
  }

  bool Scalar(std::string_view text) {
    if (InMap()) return WrongShard(text);
    if (depth_ == 1 && part_ == Part::kMap) {
      return Wrong("`weight_map` is no object", text);
    }
    if (depth_ == 2 && part_ == Part::kMetadata) {
      index_.metadata.push_back({key_, arena_.Copy(text)});
    }
    return true;
  }

  bool WrongShard(std::string_view found) {
    return Wrong(
        fmt::format("the shard of \"{}\" is no file name", key_.substr(0, 100)),
        found);
  }
  bool Wrong(std::string message, std::string_view found) {
    return Fail({.code = ErrorCode::kDamaged,
                 .message = std::move(message),
                 .found = std::string(found)});
  }

  // Most tensors have the shard of the one before.
  uint32_t ShardOf(std::string_view name) {
    if (!index_.shards.empty() && index_.shards[last_] == name) return last_;
    if (const auto known = numbers_.find(name); known != numbers_.end()) {
      return last_ = known->second;
    }
    last_ = static_cast<uint32_t>(index_.shards.size());
    index_.shards.push_back(arena_.Copy(name));
    numbers_.emplace(index_.shards.back(), last_);
    return last_;
  }

  Arena& arena_;
  ShardIndex index_;
  Part part_ = Part::kOther;  // of the member of the root at hand
  int64_t depth_ = 0;         // open objects and arrays
  bool has_map_ = false;
  std::string_view key_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
  uint32_t last_ = 0;
};

}  // namespace

bool IsShardIndexName(std::string_view name) {
  const size_t at = name.rfind(".index.");
  if (at == name.npos || !name.ends_with(".json")) return false;
  // `.index.json`, or one step between.
  const std::string_view rest = name.substr(at + 7);
  if (std::ranges::count(rest, '.') > 1) return false;
  const std::string_view stem = name.substr(0, at);
  return !stem.ends_with(".h5") && !stem.ends_with(".msgpack");
}

Result<bool> IsShardIndex(const Source& source) {
  // What stands before the map is short.
  constexpr size_t kLooked = 64 << 10;
  std::string head(kHead, '\0');
  PTSCOPE_TRY(size_t n,
              source.ReadAt(0, std::as_writable_bytes(std::span(head))));
  head.resize(n);
  const auto looks = [&] {
    return TextOf(Input{source, source.size(), "", head}).starts_with('{');
  };
  if (!looks()) return false;
  if (source.size() > n) {
    head.resize(kLooked);
    PTSCOPE_TRY(n, source.ReadAt(0, std::as_writable_bytes(std::span(head))));
    head.resize(n);
  }
  const Input in{source, source.size(), "", head};
  // A manifest may use any names of its own.
  return !IsManifest(in) && JsonValue(head, "weight_map").starts_with('{');
}

Result<ShardIndex> ReadShardIndex(const Source& source, const Limits& limits,
                                  Arena& arena) {
  if (source.size() > limits.index) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "is larger than the limit `index`",
                 .found = fmt::format("{} bytes", source.size()),
                 .expected = fmt::format("at most {}", limits.index)};
  }
  PodVector<std::byte> bytes;
  bytes.resize_uninitialized(static_cast<size_t>(source.size()));
  const std::span<std::byte> to(bytes.data(), bytes.size());
  PTSCOPE_CHECK(ReadExactly(source, 0, to));
  IndexReader reader(arena);
  PTSCOPE_CHECK(
      ParseJson(AsText(to), reader,
                {.code = ErrorCode::kDamaged, .max_depth = limits.json_depth}));
  if (!reader.has_map()) {
    return Error{.message = "is an index without a `weight_map`"};
  }
  if (reader.count() > limits.tensors) {
    return Error{.code = ErrorCode::kLimit,
                 .message = "there are more tensors than the limit `tensors`",
                 .expected = fmt::format("at most {}", limits.tensors)};
  }
  return reader.Take();
}

}  // namespace ptscope::format
