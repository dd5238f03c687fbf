#include "format/torch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/byte_reader.h"
#include "format/archive_signs.h"
#include "torch/pickle_values.h"
#include "torch/script_classes.h"
#include "torch/walk.h"
#include "torch/writer_signs.h"

namespace ptscope::format {

namespace {

using archive::RecordBytes;
using pickle::Values;

class Reader {
 public:
  Reader(TorchArchive archive, const ArchiveLayout& layout)
      : archive_(std::move(archive)), layout_(layout) {}

  Result<Checkpoint> Read() {
    Checkpoint& checkpoint = archive_.checkpoint();
    checkpoint.format = "TorchScript";
    PTSCOPE_CHECK(archive_.ReadLayout(layout_));
    torch::WriterEvidence writer;
    if (archive_.options().origin && archive_.directory() != nullptr) {
      FindScriptSigns(*archive_.directory(), layout_.folder, checkpoint.version,
                      writer);
    }
    archive_.IndexBelow(layout_.folder, by_name_);
    PTSCOPE_TRY(RecordBytes data, archive_.Read(layout_.main));
    PTSCOPE_TRY(const RecordBytes constants, archive_.Read(layout_.constants));
    auto kept = std::make_shared<torch::OwnedPickle>();
    kept->bytes = std::move(data);
    const Values& values = kept->values;
    PTSCOPE_TRY(kept->root,
                archive_.Run({kept->bytes.data(), kept->bytes.size()},
                             layout_.main, kept->values));
    torch::ScriptClasses classes(values);
    PTSCOPE_CHECK(ReadSources(classes));
    PTSCOPE_CHECK(archive_.MoveRecords());
    const torch::StorageRecords records{by_name_, "data/", true, false};
    PTSCOPE_CHECK(torch::ListScript(PickleOf(values, records, layout_.main),
                                    kept->root, classes, checkpoint,
                                    archive_.options().metadata));
    PTSCOPE_CHECK(ListConstants(constants));
    if (archive_.options().origin) {
      torch::FindScriptWriterSigns(values, writer);
      checkpoint.writer = writer.Conclude();
    }
    if (archive_.options().keep_values) {
      checkpoint.values = torch::PickleValues::Of(std::move(kept));
    }
    return archive_.Take();
  }

 private:
  torch::ScriptPickle PickleOf(const Values& values,
                               const torch::StorageRecords& records,
                               uint32_t record) const {
    const Record& pickle = archive_.records()[record];
    return {values, records, BaseName(pickle.name), pickle.size,
            archive_.limits()};
  }

  // The listing stands without them: what an attribute is is then not known.
  Status ReadSources(torch::ScriptClasses& classes) {
    // Each may make libzip read the directory again.
    constexpr int kMostFailures = 16;
    int failures = 0;
    uint64_t bytes = 0;
    for (const std::string_view module : classes.modules()) {
      const uint32_t record = by_name_.Find(SourceOf(module));
      if (record == KeyTable::kAbsent) continue;
      PTSCOPE_CHECK(CountSource(archive_.records()[record], bytes));
      const auto source = archive_.Read(record);
      if (source) {
        classes.ReadSource(module, AsText(*source));
        continue;
      }
      if (source.error().code != ErrorCode::kDamaged &&
          source.error().code != ErrorCode::kUnsupported) {
        return source.error();
      }
      archive_.AddFinding(
          FindingId::kScriptSource, record,
          fmt::format("{}: {}; its classes do not tell "
                      "parameters from buffers",
                      source.error().record, source.error().message));
      if (++failures == kMostFailures) break;
    }
    return {};
  }

  // Of the module __torch__.a.b: code/__torch__/a/b.py
  std::string SourceOf(std::string_view module) const {
    std::string name = fmt::format("code/{}.py", module);
    std::replace(name.begin(), name.end() - 3, '.', '/');
    return name;
  }

  Status CountSource(const Record& record, uint64_t& bytes) const {
    const uint64_t most = archive_.limits().code;
    // The sum is at most the limit, which leaves no room to wrap around.
    if (record.size <= most - bytes) {
      bytes += record.size;
      return {};
    }
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "the sources of the classes are larger than the "
                     "limit `code`",
                 .record = std::string(record.name),
                 .expected = fmt::format("at most {} bytes in all", most),
                 .hint = "--max code=N raises the limit"};
  }

  Status ListConstants(const RecordBytes& bytes) {
    Values values;
    PTSCOPE_TRY(const pickle::Ref root,
                archive_.Run(bytes, layout_.constants, values));
    const torch::StorageRecords records{by_name_, "constants/", true, true};
    return torch::ListConstants(PickleOf(values, records, layout_.constants),
                                root, archive_.checkpoint());
  }

  TorchArchive archive_;
  const ArchiveLayout layout_;
  KeyTable by_name_;  // records by their names in the folder
};

}  // namespace

Result<std::optional<ArchiveLayout>> FindTorchScript(
    const Table<Record>& records) {
  PTSCOPE_TRY(auto layout, FindLayout(records, "data.pkl"));
  if (layout && layout->constants == kNone) layout.reset();
  return layout;
}

Result<Checkpoint> ReadTorchScript(TorchArchive archive,
                                   const ArchiveLayout& layout) {
  return Reader(std::move(archive), layout).Read();
}

}  // namespace ptscope::format
