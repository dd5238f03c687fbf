// For people and for awk: one header line, no white space within a field, and
// lines that are no rows last, behind "# ".
#include <fmt/format.h>

#include <optional>

#include "base/escape.h"
#include "render/columns.h"
#include "render/origin_text.h"
#include "render/renderer.h"
#include "render/sizes.h"
#include "render/torch_style.h"

namespace ptscope::render {

namespace {

constexpr size_t kMostPending = 4 << 20;

constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";

std::string Escaped(std::string_view text) {
  std::string out;
  EscapeText(out, text, EscapeFor::kStderr);
  return out;
}

// "1 tensor", "2 tensors".
std::string Count(uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// [64,3,7,7]; what is irregular is `?`.
std::string ShapeText(std::span<const int64_t> shape) {
  fmt::memory_buffer text;
  text.push_back('[');
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text.push_back(',');
    if (shape[i] == kIrregular) {
      text.push_back('?');
    } else {
      const fmt::format_int digits(shape[i]);
      text.append(digits.data(), digits.data() + digits.size());
    }
  }
  text.push_back(']');
  return fmt::to_string(text);
}

// float32[10]; `-` where a side does not have the name, `*` for what it leaves
// open.
// "float32[64,3]"; "*" and "?" stand for what may be anything.
std::string TypeText(const TensorList& list, uint32_t i) {
  if (i == kNone) return "-";
  const NamedTensor& tensor = list.tensors[i];
  std::string text = tensor.dtype != nullptr ? ToText(*tensor.dtype) : "*";
  if (!tensor.shape) return tensor.dtype != nullptr ? text + "[*]" : text;
  text += '[';
  for (size_t k = 0; k < tensor.shape->size(); ++k) {
    const int64_t n = (*tensor.shape)[k];
    if (k != 0) text += ',';
    if (IsNamed(n)) {
      text += list.dimension_names[NameOfDimension(n)];
    } else {
      text += n == kIrregular ? "?" : fmt::format("{}", n);
    }
  }
  return text + ']';
}

// "1.5KiB": a size as a field.
std::string SizeWord(uint64_t bytes) {
  std::string size = HumanSize(bytes);
  std::erase(size, ' ');
  return size;
}

// "a, b and 3 more tensors".
std::string UsersText(const Description& d, const Inventory::Waste& waste) {
  std::string text;
  for (const uint32_t i : waste.first_users) {
    if (!text.empty()) text += ", ";
    const size_t before = text.size();
    EscapeText(text, d.shown.names[i], EscapeFor::kTable);
    if (text.size() == before) text += "\"\"";
  }
  const uint64_t more = waste.users - waste.first_users.size();
  return more == 0 ? text : fmt::format("{} and {} more tensors", text, more);
}

std::vector<Column> WithFile(const Style& style, std::vector<Column> columns) {
  if (style.many_files) {
    columns.insert(columns.begin(),
                   {.header = "file", .width = style.file_width});
  }
  return columns;
}

std::vector<Column> SummaryColumns(const Style& style) {
  std::vector<Column> columns = {{.header = "file", .width = style.file_width},
                                 {.header = "result", .width = 7},
                                 {.header = "matched", .right = true},
                                 {.header = "of", .right = true}};
#define X(name, word, fails, text) \
  columns.push_back({.header = word, .right = true});
  PTSCOPE_VERDICTS(X)
#undef X
  return columns;
}

std::vector<Column> EvidenceSummaryColumns(const Style& style) {
  std::vector<Column> columns = {{.header = "file", .width = style.file_width},
                                 {.header = "result", .width = 11}};
#define X(name, word) columns.push_back({.header = word, .right = true});
  PTSCOPE_CERTAINTIES(X)
#undef X
  return columns;
}

// "float32[64,3]", "[64,3]"; `-` where it is not known.
std::string ExpectedText(const EvidenceRecord& record) {
  std::string text(record.dtype ? ToName(*record.dtype) : "");
  if (record.shape) text += ShapeText(*record.shape);
  return text.empty() ? "-" : text;
}

// The result, how many findings there are, and what it rests on.
std::string EvidenceText(const EvidenceReport& report) {
  std::string counts;
#define X(name, word)                                                      \
  if (const uint64_t n = report.count(Certainty::name); n != 0) {          \
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", n, word); \
  }
  PTSCOPE_CERTAINTIES(X)
#undef X
  const bool none = report.result() == "no_evidence";
  return fmt::format(
      "{}{}{} (looked at: {})",
      none ? "none of a missing part, which is no proof" : report.result(),
      counts.empty() ? "" : ": ", counts, report.LookedAt());
}

class Table final : public Renderer {
 public:
  Table(Sink sink, const Style& style)
      : sink_(std::move(sink)),
        style_(style),
        tensors_(WithFile(style, {{.header = "name"},
                                  {.header = "dtype"},
                                  {.header = "shape", .right = true},
                                  {.header = "nbytes", .right = true}})),
        modules_(WithFile(style, {{.header = "module"},
                                  {.header = "depth", .right = true},
                                  {.header = "tensors", .right = true},
                                  {.header = "parameters", .right = true},
                                  {.header = "nbytes", .right = true}})),
        verdicts_(WithFile(style, {{.header = "verdict"},
                                   {.header = "name"},
                                   {.header = "expected"},
                                   {.header = "actual"}})),
        summaries_(SummaryColumns(style)),
        evidence_(WithFile(style, {{.header = "severity"},
                                   {.header = "rule"},
                                   {.header = "name"},
                                   {.header = "expected"}})),
        evidence_summaries_(EvidenceSummaryColumns(style)) {}

  void Show(const Listing& listing) override {
    for (const Listing::Row& row : listing.rows) {
      const Tensor& t = *row.tensor;
      File(listing.file, tensors_);
      tensors_.Text(row.name);
      if (t.only_name) {
        for (int i = 0; i < 3; ++i) tensors_.Word("-");
      } else {
        Type(t);
      }
      WriteSome(tensors_);
    }
    Write(tensors_);
  }
  void Show(const Tree& tree) override {
    for (const Module& module : tree.modules) {
      File(tree.file, modules_);
      modules_.Text(module.name);
      modules_.Number(module.depth);
      modules_.Number(module.tensors);
      modules_.Number(module.parameters);
      if (style_.human) {
        modules_.Word(SizeWord(module.nbytes));
      } else {
        modules_.Number(module.nbytes);
      }
      WriteSome(modules_);
    }
    Write(modules_);
  }

  void Show(const Description& d) override;
  void Show(const Judgement& judgement) override;
  void Show(const EvidenceShown& shown) override;
  void Show(const Failure&) override {}  // stderr has the words
  void Flush() override {}
  void Finish() override {}

 private:
  void File(std::string_view file, Columns& columns) const {
    if (style_.many_files) columns.Text(file);
  }
  void Type(const Tensor& t) {
    tensors_.Word(ToName(t.dtype));
    Shape(t.shape);
    tensors_.Word(style_.human ? SizeWord(t.nbytes) : ExactBytes(t));
  }
  void Shape(std::span<const int64_t> shape) {
    // The layers of a model have few shapes; the last one is often the next.
    if (shape.data() != last_shape_.data() ||
        shape.size() != last_shape_.size() || shape_text_.empty()) {
      last_shape_ = shape;
      shape_text_ = ShapeText(shape);
    }
    tensors_.Word(shape_text_);
  }
  void Write(Columns& columns) {
    buffer_.clear();
    columns.Write(buffer_);
    sink_(buffer_);
  }
  // A million rows need not be held: the first ten thousand set the widths.
  void WriteSome(Columns& columns) {
    if (++pending_ % 10000 == 0 || columns.bytes() > kMostPending) {
      Write(columns);
    }
  }
  std::string_view Color(std::string_view color) const {
    return style_.color ? color : std::string_view();
  }
  std::string Size(uint64_t bytes) const {
    return style_.human ? HumanSize(bytes) : fmt::format("{}", bytes);
  }
  // A line of `info`.
  void Pair(const Description& d, std::string_view key, std::string value);
  void Note(std::string_view file, const std::string& words);
  void ShowVerdicts(const Judgement& judgement);
  void ShowUnusedRules(const Judgement& judgement);
  void ShowSummary(const Judgement& judgement);
  void ShowAsTorch(const Judgement& judgement);
  void ShowEvidenceSummary(const EvidenceShown& shown);
  void ShowEvidence(const EvidenceShown& shown);
  std::string_view ColorOf(Certainty certainty) const;

  const Sink sink_;
  const Style style_;
  Columns tensors_;
  Columns modules_;
  Columns verdicts_;
  Columns summaries_;
  Columns evidence_;
  Columns evidence_summaries_;
  std::string buffer_;
  uint64_t pending_ = 0;
  std::span<const int64_t> last_shape_;
  std::string shape_text_;
};

void Table::Pair(const Description& d, std::string_view key,
                 std::string value) {
  std::string line;
  if (style_.many_files) {
    EscapeText(line, d.file, EscapeFor::kTable);
    line.append(style_.file_width - std::min(style_.file_width, line.size()),
                ' ');
    line += "  ";
  }
  line += fmt::format("{:<11}  {}\n", key, value);
  sink_(line);
}

void Table::Note(std::string_view file, const std::string& words) {
  std::string line = "# ";
  if (style_.many_files) line += Escaped(file) + ": ";
  sink_(line + words + "\n");
}

void Table::Show(const Description& d) {
  const Checkpoint& c = d.checkpoint;
  const Inventory& n = d.inventory;
  std::string format(c.format);
  if (!c.version.empty()) format += ", version " + Escaped(c.version);
  if (!c.byte_order.empty()) format += ", " + Escaped(c.byte_order) + " endian";
  Pair(d, "format", format);
  if (!c.writer.program.empty()) Pair(d, "writer", WriterText(c.writer));
  if (!c.framework.name.empty()) {
    Pair(d, "framework", FrameworkText(c.framework));
  }
  if (!c.folder.empty()) Pair(d, "folder", Escaped(c.folder));
  Pair(d, "file size", Size(c.file_size));
  if (!c.parts.empty()) Pair(d, "parts", fmt::format("{}", c.parts.size()));
  Pair(d, "top level", Escaped(c.root_type));
  Pair(d, "root",
       d.automatic.root.empty()
           ? "the top level itself"
           : fmt::format("{} ({} outside)", Escaped(d.automatic.root),
                         Count(d.automatic.outside, "tensor")));
  Pair(d, "tensors", fmt::format("{}", n.tensors));
  Pair(d, "parameters", fmt::format("{}", n.parameters));
  Pair(d, "bytes",
       fmt::format("{} logical, {} unique, {} on disk", Size(n.logical),
                   Size(n.unique), Size(n.on_disk)));
  if (n.storages != 0 || n.chunks == 0) {
    Pair(d, "storages", fmt::format("{}", n.storages));
  }
  if (n.chunks != 0) Pair(d, "chunks", fmt::format("{}", n.chunks));
  if (n.wasted != 0) {
    Pair(d, "wasted",
         fmt::format("{}{} of these storages belong to no tensor",
                     Size(n.wasted), style_.human ? "" : " bytes"));
  }
  for (const auto& waste : n.wasteful) {
    Pair(d, "wasted by",
         fmt::format("{}: {} of {}{}", UsersText(d, waste), Size(waste.bytes),
                     Size(c.storages[waste.storage].nbytes),
                     style_.human ? "" : " bytes"));
  }
  for (const auto& of : n.by_dtype) {
    Pair(d, "dtype",
         fmt::format("{}: {}, {}{}", ToName(of.dtype),
                     Count(of.tensors, "tensor"), Size(of.bytes),
                     style_.human ? "" : " bytes"));
  }
  for (const auto& group : n.tied) {
    std::string names;
    for (const uint32_t i : group) {
      if (!names.empty()) names += " = ";
      EscapeText(names, d.shown.names[i], EscapeFor::kTable);
    }
    Pair(d, "tied", names);
  }
  Pair(d, "evidence", EvidenceText(d.evidence));
  for (const Fact& fact : c.metadata) {
    std::string key = "metadata.";
    EscapeText(key, fact.key, EscapeFor::kTable);
    Pair(d, key, Escaped(fact.value));
  }
  constexpr size_t kMostEntries = 100;
  for (size_t i = 0; i < c.entries.size() && i < kMostEntries; ++i) {
    const Entry& entry = c.entries[i];
    std::string text;
    EscapeText(text, entry.name, EscapeFor::kTable);
    if (text.empty()) text = "\"\"";
    text += ": " + Escaped(entry.type);
    if (!entry.value.empty()) text += " " + Escaped(entry.value);
    if (entry.tensors != 0) text += ", " + Count(entry.tensors, "tensor");
    Pair(d, "entry", text);
  }
  const uint64_t more = c.entries_omitted + c.entries.size() -
                        std::min(c.entries.size(), kMostEntries);
  if (more != 0) Note(d.file, fmt::format("{} more entries", more));
  if (n.wasted > n.allocated / 2) {
    Note(d.file,
         fmt::format("storages of {} for tensors of {}: a view is saved with "
                     "the whole storage behind it; saving its clone() leaves "
                     "the rest out",
                     HumanSize(n.allocated), HumanSize(n.unique)));
  }
}

void Table::ShowVerdicts(const Judgement& judgement) {
  const Comparison& comparison = judgement.comparison;
  std::vector<std::pair<std::string_view, std::string_view>> reasons;
  for (const VerdictRecord& v : comparison.verdicts) {
    if (v.verdict == Verdict::kOk && !style_.show_ok) continue;
    File(judgement.file, verdicts_);
    const bool fails = Fails(v.verdict);
    verdicts_.Word(ToWord(v.verdict),
                   Color(fails                       ? kRed
                         : v.verdict == Verdict::kOk ? kGreen
                                                     : kYellow));
    verdicts_.Text(v.name);
    verdicts_.Text(TypeText(judgement.reference, v.expected));
    verdicts_.Text(TypeText(judgement.actual, v.actual));
    if (!v.reason.empty()) reasons.emplace_back(v.name, v.reason);
  }
  Write(verdicts_);
  for (const auto& [name, reason] : reasons) {
    Note(judgement.file, Escaped(name) + ": " + Escaped(reason));
  }
}

void Table::ShowSummary(const Judgement& judgement) {
  const Comparison& comparison = judgement.comparison;
  summaries_.Text(judgement.file);
  summaries_.Word(comparison.differs() ? "differs" : "same",
                  Color(comparison.differs() ? kRed : kGreen));
  summaries_.Number(comparison.matched());
  summaries_.Number(comparison.of);
  for (const uint64_t count : comparison.counts) summaries_.Number(count);
  Write(summaries_);
}

// With --strict each is why the file fails; else they are worth one line.
void Table::ShowUnusedRules(const Judgement& judgement) {
  std::string rules;
  for (const UnusedRule& rule : judgement.comparison.unused_rules) {
    const std::string words =
        fmt::format("{} \"{}\"", rule.kind, Escaped(rule.match));
    if (judgement.comparison.strict) {
      Note(judgement.file,
           fmt::format("rule {} fails (--strict): {}", words, rule.why));
    } else {
      rules += (rules.empty() ? "" : ", ") + words;
    }
  }
  if (!rules.empty()) Note(judgement.file, "rules that fit no name: " + rules);
}

void Table::ShowAsTorch(const Judgement& judgement) {
  if (style_.many_files) sink_(Escaped(judgement.file) + ":\n");
  sink_(TorchText(judgement));
}

void Table::Show(const Judgement& judgement) {
  if (judgement.torch != nullptr) return ShowAsTorch(judgement);
  if (style_.summary) return ShowSummary(judgement);
  ShowVerdicts(judgement);
  const Comparison& comparison = judgement.comparison;
  if (const RootSummary* root = judgement.root;
      root != nullptr && (!root->root.empty() || root->outside != 0)) {
    Note(judgement.file,
         fmt::format(
             "root {}{}, {} outside",
             root->root.empty() ? "is the top level" : Escaped(root->root),
             root->automatic ? " (auto)" : "", Count(root->outside, "tensor")));
  }
  // Where one was chosen of several, a hint says so.
  if (!judgement.reference.version.empty() && judgement.versions == nullptr) {
    Note(judgement.file,
         fmt::format("version {} of {}", Escaped(judgement.reference.version),
                     Escaped(judgement.manifest)));
  }
  ShowUnusedRules(judgement);
  for (const std::string& hint : comparison.hints) {
    Note(judgement.file, Escaped(hint));
  }
  std::string counts;
#define X(name, word, fails, text)                                         \
  if (const uint64_t n = comparison.count(Verdict::name); n != 0) {        \
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", n, word); \
  }
  PTSCOPE_VERDICTS(X)
#undef X
  if (judgement.evidence != nullptr) {
    for (const EvidenceRecord& record : judgement.evidence->records) {
      Note(judgement.file, "evidence: " + Escaped(record.reason));
    }
  }
  Note(judgement.file, fmt::format("{}; matched {} of {}", counts,
                                   comparison.matched(), comparison.of));
}

std::string_view Table::ColorOf(Certainty certainty) const {
  if (certainty == Certainty::kNote) return {};
  return Color(certainty == Certainty::kCertain ? kRed : kYellow);
}

void Table::ShowEvidenceSummary(const EvidenceShown& shown) {
  const EvidenceReport& report = shown.report;
  evidence_summaries_.Text(shown.file);
  evidence_summaries_.Word(report.result(),
                           report.count(Certainty::kCertain) != 0 ? Color(kRed)
                           : report.count(Certainty::kLikely) != 0
                               ? Color(kYellow)
                               : std::string_view());
  for (const uint64_t count : report.counts) evidence_summaries_.Number(count);
  Write(evidence_summaries_);
}

// A row tells what is lost, a line below how that is known.
void Table::ShowEvidence(const EvidenceShown& shown) {
  for (const EvidenceRecord& record : shown.report.records) {
    File(shown.file, evidence_);
    evidence_.Word(ToWord(record.certainty), ColorOf(record.certainty));
    evidence_.Word(record.rule);
    if (record.name.empty()) {
      evidence_.Word("-");
    } else {
      evidence_.Text(record.name);
    }
    evidence_.Word(ExpectedText(record));
  }
  if (!shown.report.records.empty()) Write(evidence_);
  for (const EvidenceRecord& record : shown.report.records) {
    Note(shown.file, fmt::format("{}: {}", ToWord(record.certainty),
                                 Escaped(record.reason)));
  }
  for (const std::string& words : shown.report.omitted) {
    Note(shown.file, words);
  }
}

void Table::Show(const EvidenceShown& shown) {
  if (style_.summary) return ShowEvidenceSummary(shown);
  ShowEvidence(shown);
  const EvidenceReport& report = shown.report;
  const std::string looked = "looked at: " + report.LookedAt();
  if (report.result() != "no_evidence") {
    return Note(shown.file, EvidenceText(report));
  }
  Note(shown.file,
       fmt::format("no evidence of a missing part ({}); this is no proof: {}",
                   looked,
                   report.shard ? "only all parts together are a checkpoint"
                                : "a head that was never attached leaves no "
                                  "trace"));
}

}  // namespace

std::unique_ptr<Renderer> MakeTable(Sink sink, const Style& style) {
  return std::make_unique<Table>(std::move(sink), style);
}

}  // namespace ptscope::render
