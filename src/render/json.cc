// One document for the whole run:
//
//   {"schema":"ptscope/ls/1","files":[
//   {"file":"a.pt","tensors":[
//   {"file":"a.pt","name":"conv1.weight", …},
//   …
//   ]},
//   {"file":"b.pt","error":{…}}
//   ]}
//
// A record is a line, that of ndjson. Nothing is kept beyond the record.
#include "json/writer.h"
#include "render/record_columns.h"
#include "render/records.h"
#include "render/renderer.h"

namespace ptscope::render {

namespace {

class Json final : public Renderer {
 public:
  Json(Sink sink, const Style& style)
      : json_(std::move(sink)),
        style_(style),
        list_(ColumnsOf(style.command).list) {
    json_.BeginObject();
    SchemaField(style_.command, json_);
    json_.Key("files");
    json_.BeginArray();
  }

  void Show(const Listing& listing) override {
    File(listing.file, [&] {
      List(listing.rows,
           [&](const Listing::Row& row) { TensorFields(listing, row, json_); });
    });
  }
  void Show(const Tree& tree) override {
    File(tree.file, [&] {
      List(tree.modules,
           [&](const Module& module) { ModuleFields(tree, module, json_); });
    });
  }
  void Show(const Description& description) override {
    File(description.file, [&] { DescriptionFields(description, json_); });
  }
  void Show(const Judgement& judgement) override {
    File(judgement.file, [&] {
      JudgementFields(judgement, json_);
      if (style_.summary) return;
      List(judgement.comparison.verdicts, [&](const VerdictRecord& verdict) {
        VerdictFields(judgement, verdict, json_);
      });
    });
  }
  void Show(const EvidenceShown& shown) override {
    File(shown.file, [&] {
      EvidenceSummaryFields(shown.report, json_);
      if (style_.summary) return;
      List(shown.report.records, [&](const EvidenceRecord& record) {
        EvidenceFields(shown.file, record, json_);
      });
    });
  }
  void Show(const Failure& failure) override {
    File(failure.file, [&] { FailureFields(failure, json_); });
  }
  void Flush() override { json_.Flush(); }
  void Finish() override {
    json_.Newline();
    json_.EndArray();
    json_.EndObject();
    json_.Newline();
    json_.Flush();
  }

 private:
  template <typename Fields>
  void File(std::string_view file, Fields fields) {
    json_.NextLine(0);
    json_.BeginObject();
    FileField(file, json_);
    fields();
    json_.EndObject();
  }
  template <typename Records, typename Fields>
  void List(const Records& records, Fields fields) {
    json_.Key(list_);
    json_.BeginArray();
    for (const auto& record : records) {
      json_.NextLine(0);
      json_.BeginObject();
      fields(record);
      json_.EndObject();
    }
    json_.Newline();
    json_.EndArray();
  }

  JsonWriter json_;
  const Style style_;
  const std::string_view list_;
};

}  // namespace

std::unique_ptr<Renderer> MakeJson(Sink sink, const Style& style) {
  return std::make_unique<Json>(std::move(sink), style);
}

}  // namespace ptscope::render
