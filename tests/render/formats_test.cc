// The documents that the output formats make of reports: what stands before,
// between and behind the records.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "render/renderer.h"
#include "support/checkpoint_builder.h"

namespace ptscope::render {
namespace {

using test::CheckpointBuilder;

// A renderer whose bytes are kept.
class Shown {
 public:
  explicit Shown(std::string_view format, const Style& style)
      : renderer_(MakeRenderer(
            format, [this](std::string_view text) { out_ += text; }, style)) {}

  // Lists `a` and `b` of a file.
  Shown& List(std::string_view file) {
    const Checkpoint checkpoint =
        CheckpointBuilder().Tensor({"a"}).Tensor({"b"}).Build();
    std::vector<Listing::Row> rows;
    for (const Tensor& t : checkpoint.tensors) rows.push_back({&t, t.name});
    renderer_->Show(Listing{file, checkpoint, rows, {}});
    return Flush();
  }
  // Holds `a`, `b` against a reference without `b`.
  Shown& Check(std::string_view file) {
    const Checkpoint checkpoint =
        CheckpointBuilder().Tensor({"a"}).Tensor({"b"}).Build();
    const Result<Reference> reference =
        ReferenceFromCheckpoint(CheckpointBuilder().Tensor({"a"}).Build());
    const Result<RootChoice> root = ChooseRoot(checkpoint, std::nullopt);
    const TensorList actual = ListTensors(checkpoint, *root);
    const Result<Comparison> comparison = Compare(*reference, actual);
    renderer_->Show(Judgement{.file = file,
                              .manifest = "ref.json",
                              .reference = *reference,
                              .actual = actual,
                              .root = &*root,
                              .comparison = *comparison});
    return Flush();
  }
  Shown& Fail(std::string_view file) {
    renderer_->Show(Failure{
        file, Error{.code = ErrorCode::kDamaged, .message = "it is broken"}});
    return Flush();
  }
  std::string Finish() {
    renderer_->Finish();
    return std::move(out_);
  }
  const std::string& so_far() const { return out_; }

 private:
  Shown& Flush() {
    renderer_->Flush();
    return *this;
  }

  std::string out_;
  std::unique_ptr<Renderer> renderer_;
};

constexpr Style kLs = {.command = "ls"};
constexpr Style kCheck = {.command = "check"};
constexpr Style kSummary = {.command = "check", .summary = true};

const std::string kA =
    R"("name":"a","dtype":"float32","shape":[],"nbytes":4,"numel":1,)"
    R"("stride":[],"storage":"0","storage_offset":0,"storage_nbytes":4,)"
    R"("device":"cpu","kind":"tensor"})";
const std::string kB =
    R"("name":"b","dtype":"float32","shape":[],"nbytes":4,"numel":1,)"
    R"("stride":[],"storage":"1","storage_offset":0,"storage_nbytes":4,)"
    R"("device":"cpu","kind":"tensor"})";
const std::string kType = R"({"dtype":"float32","shape":[]})";

TEST(Json, IsADocumentWithoutAFile) {
  EXPECT_EQ(Shown("json", kLs).Finish(),
            "{\"schema\":\"ptscope/ls/1\",\"files\":[\n]}\n");
}

TEST(Json, HasARecordALine) {
  EXPECT_EQ(Shown("json", kLs).List("x.pt").List("y.pt").Finish(),
            "{\"schema\":\"ptscope/ls/1\",\"files\":[\n"
            "{\"file\":\"x.pt\",\"tensors\":[\n"
            "{\"file\":\"x.pt\"," +
                kA +
                ",\n"
                "{\"file\":\"x.pt\"," +
                kB +
                "\n"
                "]},\n"
                "{\"file\":\"y.pt\",\"tensors\":[\n"
                "{\"file\":\"y.pt\"," +
                kA +
                ",\n"
                "{\"file\":\"y.pt\"," +
                kB +
                "\n"
                "]}\n"
                "]}\n");
}

TEST(Json, HasTheErrorInTheFilesPlace) {
  EXPECT_EQ(Shown("json", kLs).Fail("x.pt").Finish(),
            R"({"schema":"ptscope/ls/1","files":[
{"file":"x.pt","error":{"code":"damaged","message":"it is broken"}}
]}
)");
}

TEST(Json, HasTheSummaryBesideTheList) {
  EXPECT_EQ(Shown("json", kCheck).Check("x.pt").Finish(),
            R"({"schema":"ptscope/check/1","files":[
{"file":"x.pt","result":"differs","root":"","outside":0,)"
            R"("manifest":"ref.json","matched":1,"of":1,)"
            R"("counts":{"ok":1,"extra":1},"verdicts":[
{"file":"x.pt","name":"a","verdict":"ok","expected":)" +
                kType + ",\"actual\":" + kType +
                "},\n"
                R"({"file":"x.pt","name":"b","verdict":"extra","actual":)" +
                kType + "}\n]}\n]}\n");
}

TEST(Json, LeavesOutTheListOfASummary) {
  EXPECT_EQ(Shown("json", kSummary).Check("x.pt").Finish(),
            R"({"schema":"ptscope/check/1","files":[
{"file":"x.pt","result":"differs","root":"","outside":0,)"
            R"("manifest":"ref.json","matched":1,"of":1,)"
            R"("counts":{"ok":1,"extra":1}}
]}
)");
}

// Whoever reads a pipe has each file's answer before the next is opened.
TEST(Json, GivesEachFileAtItsEnd) {
  Shown shown("json", kLs);
  EXPECT_TRUE(shown.Fail("x.pt").so_far().ends_with("\"it is broken\"}}"));
  EXPECT_TRUE(shown.List("y.pt").so_far().ends_with("\n]}"));
}

TEST(Ndjson, NamesTheCommandInTheSchema) {
  EXPECT_EQ(
      Shown("ndjson", {.command = "diff", .summary = true}).Check("x").Finish(),
      R"({"file":"x","summary":true,"schema":"ptscope/diff/1",)"
      R"("result":"differs","root":"","outside":0,"manifest":"ref.json",)"
      R"("matched":1,"of":1,"counts":{"ok":1,"extra":1}})"
      "\n");
}

TEST(Rows, HaveTheirHeaderWithoutAFile) {
  EXPECT_EQ(Shown("tsv", kSummary).Finish(),
            "file\tresult\troot\toutside\tmanifest\tversion\tmatched\tof\t"
            "counts\thints\trunner_up\tunused_rules\tevidence\n");
  EXPECT_EQ(Shown("csv", kCheck).Finish(),
            "file,name,verdict,expected,actual,reason,rule,from,problem\r\n");
}

TEST(Rows, DiffHasTheColumnsOfCheck) {
  for (const bool summary : {false, true}) {
    EXPECT_EQ(Shown("tsv", {.command = "diff", .summary = summary}).Finish(),
              Shown("tsv", {.command = "check", .summary = summary}).Finish());
  }
}

TEST(Rows, AFileWithoutAnswerHasNone) {
  const std::string header = Shown("tsv", kLs).Finish();
  EXPECT_EQ(Shown("tsv", kLs).Fail("x.pt").Finish(), header);
  EXPECT_EQ(Shown("tsv", kLs).Fail("x.pt").List("y.pt").Finish(),
            Shown("tsv", kLs).List("y.pt").Finish());
}

TEST(Rows, ARecordIsARow) {
  EXPECT_EQ(Shown("csv", kCheck).Check("x.pt").Finish(),
            "file,name,verdict,expected,actual,reason,rule,from,problem\r\n"
            "x.pt,a,ok,\"{\"\"dtype\"\":\"\"float32\"\",\"\"shape\"\":[]}\","
            "\"{\"\"dtype\"\":\"\"float32\"\",\"\"shape\"\":[]}\",,,,\r\n"
            "x.pt,b,extra,,"
            "\"{\"\"dtype\"\":\"\"float32\"\",\"\"shape\"\":[]}\",,,,\r\n");
}

TEST(Rows, ASummaryIsARowAFile) {
  EXPECT_EQ(Shown("tsv", kSummary).Check("x.pt").Check("y.pt").Finish(),
            Shown("tsv", kSummary).Finish() +
                "x.pt\tdiffers\t\t0\tref.json\t\t1\t1\t"
                "{\"ok\":1,\"extra\":1}\t\t\t\t\n"
                "y.pt\tdiffers\t\t0\tref.json\t\t1\t1\t"
                "{\"ok\":1,\"extra\":1}\t\t\t\t\n");
}

}  // namespace
}  // namespace ptscope::render
