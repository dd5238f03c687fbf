#include "render/rows.h"

#include "render/record_columns.h"
#include "render/records.h"

namespace ptscope::render {

namespace {

std::span<const std::string_view> ColumnsFor(const Style& style) {
  const RecordColumns& columns = ColumnsOf(style.command);
  const bool summary = style.summary || columns.record.empty();
  return summary ? columns.summary : columns.record;
}

class Rows final : public Renderer {
 public:
  Rows(Sink sink, const Style& style, const Dialect& dialect)
      : rows_(std::move(sink), dialect, ColumnsFor(style)), style_(style) {
    rows_.Header();
  }

  void Show(const Listing& listing) override {
    for (const Listing::Row& row : listing.rows) {
      TensorFields(listing, row, rows_);
      rows_.EndRow();
    }
  }
  void Show(const Tree& tree) override {
    for (const Module& module : tree.modules) {
      ModuleFields(tree, module, rows_);
      rows_.EndRow();
    }
  }
  void Show(const Description& description) override {
    FileField(description.file, rows_);
    DescriptionFields(description, rows_);
    rows_.EndRow();
  }
  void Show(const Judgement& judgement) override {
    if (style_.summary) {
      FileField(judgement.file, rows_);
      JudgementFields(judgement, rows_);
      return rows_.EndRow();
    }
    for (const VerdictRecord& verdict : judgement.comparison.verdicts) {
      VerdictFields(judgement, verdict, rows_);
      rows_.EndRow();
    }
  }
  void Show(const EvidenceShown& shown) override {
    if (style_.summary) {
      FileField(shown.file, rows_);
      EvidenceSummaryFields(shown.report, rows_);
      return rows_.EndRow();
    }
    for (const EvidenceRecord& record : shown.report.records) {
      EvidenceFields(shown.file, record, rows_);
      rows_.EndRow();
    }
  }
  void Show(const Failure&) override {}  // stderr has the words
  void Flush() override { rows_.Flush(); }
  void Finish() override { rows_.Flush(); }

 private:
  RowWriter rows_;
  const Style style_;
};

}  // namespace

std::unique_ptr<Renderer> MakeRows(Sink sink, const Style& style,
                                   const Dialect& dialect) {
  return std::make_unique<Rows>(std::move(sink), style, dialect);
}

}  // namespace ptscope::render
