// `record`: the records of the archive and the tensors of the pickle do not fit
// each other. torch.save writes the records of what it pickled, and numbers
// them through.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "evidence/rules.h"
#include "evidence/words.h"

namespace ptscope::evidence {

namespace {

// A tensor whose bytes are not there.
void FindWithoutBytes(const Facts& facts, Findings& findings) {
  const Checkpoint& c = facts.checkpoint;
  if (!c.parts.empty()) return;  // rule `plan`
  for (const Tensor& t : c.tensors) {
    const auto problem = c.ProblemOf(t);
    if (problem.empty() || c.DeviceOf(t) == "meta") continue;
    findings.Add(
        {.certainty = Certainty::kCertain,
         .rule = "record",
         .reason = fmt::format("{} is named, but its bytes are not in the "
                               "file: {}",
                               t.name, problem),
         .name = std::string(t.name),
         .module = std::string(ModuleOf(t.name)),
         .dtype = t.dtype,
         .shape = std::vector<int64_t>(t.shape.begin(), t.shape.end())});
  }
}

struct DataRecord {
  uint32_t record;
  std::string_view key;
};

// Those that storages may name; none where another pickle may name them, too.
std::vector<DataRecord> DataRecords(const Checkpoint& c) {
  const std::string prefix = std::string(c.folder) + "data/";
  std::vector<DataRecord> found;
  size_t pickles = 0;
  for (uint32_t i = 0; i < c.records.size(); ++i) {
    const std::string_view name = c.records[i].name;
    pickles += name.ends_with(".pkl");
    if (name.size() > prefix.size() && name.starts_with(prefix)) {
      found.push_back({i, name.substr(prefix.size())});
    }
  }
  if (pickles > 1) found.clear();
  return found;
}

// Two records may have one name, of which the pickle's is one.
bool SharesItsName(const Checkpoint& c, const std::vector<DataRecord>& records,
                   const DataRecord& unnamed) {
  return std::ranges::any_of(records, [&](const DataRecord& r) {
    return r.key == unnamed.key && c.training.named_records[r.record] != 0;
  });
}

bool FindUnnamed(const Checkpoint& c, const std::vector<DataRecord>& records,
                 Findings& findings) {
  constexpr uint64_t kMost = 1000;  // each is looked up among all
  uint64_t found = 0;
  for (const DataRecord& r : records) {
    if (c.training.named_records[r.record] != 0) continue;
    // The archiver's own folders are no records of torch's.
    if (r.key.find('/') != r.key.npos || r.key.starts_with('.')) continue;
    if (found < kMost && SharesItsName(c, records, r)) continue;
    ++found;
    findings.Add({.certainty = Certainty::kCertain,
                  .rule = "record",
                  .reason = fmt::format("record data/{} is in the file, but no "
                                        "tensor refers to it",
                                        r.key)});
  }
  return found != 0;
}

void FindHoles(const Checkpoint& c, const std::vector<DataRecord>& records,
               Findings& findings) {
  // Some writers number by address.
  const uint64_t limit = 2 * (records.size() + c.storages.size()) + 10;
  std::vector<uint8_t> there;
  uint64_t count = 0;
  const auto add = [&](std::string_view key) {
    const auto number = NumberOf(key);
    if (!number || *number > limit) return false;
    if (*number >= there.size()) there.resize(*number + 1, 0);
    count += there[*number] == 0;
    there[*number] = 1;
    return true;
  };
  for (const DataRecord& r : records) {
    if (!add(r.key)) return;
  }
  for (const Storage& s : c.storages) {
    if (!add(s.key)) return;
  }
  const uint64_t lost = there.size() - count;
  if (lost == 0 || there.size() > 2 * count + 11) return;
  const auto first = std::ranges::find(there, 0) - there.begin();
  findings.Add(
      {.certainty = Certainty::kLikely,
       .rule = "record",
       .reason = fmt::format(
           "records are numbered data/0 to data/{}, but {}data/{} is not in "
           "the file: torch.save numbers them through",
           there.size() - 1,
           lost == 1 ? "" : fmt::format("{} are not there: ", lost), first)});
}

}  // namespace

void FindRecords(const Facts& facts, Findings& findings) {
  const Checkpoint& c = facts.checkpoint;
  FindWithoutBytes(facts, findings);
  if (c.format != "torch zip" ||
      c.training.named_records.size() != c.records.size()) {
    return;
  }
  const auto records = DataRecords(c);
  if (records.empty()) return;
  if (!FindUnnamed(c, records, findings)) FindHoles(c, records, findings);
}

}  // namespace ptscope::evidence
