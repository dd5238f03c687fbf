#include "render/record_columns.h"

namespace ptscope::render {

namespace {

constexpr std::string_view kTensor[] = {
    "file",           "name",           "dtype",        "shape",
    "nbytes",         "numel",          "stride",       "storage",
    "storage_offset", "storage_nbytes", "file_offset",  "layout",
    "device",         "requires_grad",  "kind",         "class",
    "path",           "member",         "shard",        "problem",
    "components",     "quantizer",      "global_shape", "local_shape"};

constexpr std::string_view kModule[] = {"file",    "module",     "depth",
                                        "tensors", "parameters", "nbytes"};

constexpr std::string_view kDescription[] = {
    "file",       "format",          "writer",    "version",
    "byte_order", "folder",          "file_size", "parts",
    "root",       "roots",           "tensors",   "parameters",
    "bytes",      "by_dtype",        "storages",  "chunks",
    "tied",       "wasted",          "wasteful",  "root_type",
    "entries",    "entries_omitted", "framework", "metadata",
    "evidence"};

constexpr std::string_view kVerdict[] = {"file",     "name",   "verdict",
                                         "expected", "actual", "reason",
                                         "rule",     "from",   "problem"};

constexpr std::string_view kJudgement[] = {
    "file",      "result",       "root",    "outside", "manifest",
    "version",   "matched",      "of",      "counts",  "hints",
    "runner_up", "unused_rules", "evidence"};

constexpr std::string_view kEvidence[] = {
    "file",   "severity", "rule",  "reason", "name",   "expected", "root",
    "module", "missing",  "param", "after",  "before", "guess"};

constexpr std::string_view kEvidenceSummary[] = {"file", "result", "counts",
                                                 "sources"};

constexpr RecordColumns kColumns[] = {
    {"ls", "tensors", kTensor, {}},
    {"info", {}, {}, kDescription},
    {"tree", "modules", kModule, {}},
    {"check", "verdicts", kVerdict, kJudgement},
    {"evidence", "evidence", kEvidence, kEvidenceSummary},
    {"diff", "verdicts", kVerdict, kJudgement},
};

}  // namespace

const RecordColumns& ColumnsOf(std::string_view command) {
  static constexpr RecordColumns kNone = {};
  for (const RecordColumns& columns : kColumns) {
    if (columns.command == command) return columns;
  }
  return kNone;
}

}  // namespace ptscope::render
