// One JSON object a line; each file of a command that has one ends with its
// summary.
#include "json/writer.h"
#include "render/records.h"
#include "render/renderer.h"

namespace ptscope::render {

namespace {

class Ndjson final : public Renderer {
 public:
  Ndjson(Sink sink, const Style& style)
      : json_(std::move(sink)), style_(style) {}

  void Show(const Listing& listing) override {
    for (const Listing::Row& row : listing.rows) {
      Line([&] { TensorFields(listing, row, json_); });
    }
  }
  void Show(const Tree& tree) override {
    for (const Module& module : tree.modules) {
      Line([&] { ModuleFields(tree, module, json_); });
    }
  }
  void Show(const Description& description) override {
    Line([&] {
      FileField(description.file, json_);
      SummaryFields(style_.command, json_);
      DescriptionFields(description, json_);
    });
  }
  void Show(const Judgement& judgement) override {
    if (!style_.summary) {
      for (const VerdictRecord& verdict : judgement.comparison.verdicts) {
        Line([&] { VerdictFields(judgement, verdict, json_); });
      }
    }
    Line([&] {
      FileField(judgement.file, json_);
      SummaryFields(style_.command, json_);
      JudgementFields(judgement, json_);
    });
  }
  void Show(const EvidenceShown& shown) override {
    if (!style_.summary) {
      for (const EvidenceRecord& record : shown.report.records) {
        Line([&] { EvidenceFields(shown.file, record, json_); });
      }
    }
    Line([&] {
      FileField(shown.file, json_);
      SummaryFields(style_.command, json_);
      EvidenceSummaryFields(shown.report, json_);
    });
  }
  void Show(const Failure& failure) override {
    Line([&] {
      FileField(failure.file, json_);
      FailureFields(failure, json_);
    });
  }
  void Flush() override { json_.Flush(); }
  void Finish() override { json_.Flush(); }

 private:
  template <typename Fields>
  void Line(Fields fields) {
    json_.BeginObject();
    fields();
    json_.EndObject();
    json_.Newline();
  }

  JsonWriter json_;
  const Style style_;
};

}  // namespace

std::unique_ptr<Renderer> MakeNdjson(Sink sink, const Style& style) {
  return std::make_unique<Ndjson>(std::move(sink), style);
}

}  // namespace ptscope::render
