#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "format/torch_export_config.h"
#include "ptscope/open.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope::format {
namespace {

using test::AsBytes;
using test::ZipBuilder;
using test::ZipEntry;
using ::testing::HasSubstr;

// ----------------------------------------------------------------- the tables

std::string Meta(const std::string& change = "", const std::string& to = "") {
  std::string meta =
      R"({"dtype": 7, "sizes": [{"as_int": 2}, {"as_int": 3}],)"
      R"( "requires_grad": true, "device": {"type": "cuda", "index": 1},)"
      R"( "strides": [{"as_int": 3}, {"as_int": 1}],)"
      R"( "storage_offset": {"as_int": 4}, "layout": 7})";
  if (const size_t at = meta.find(change); !change.empty()) {
    meta.replace(at, change.size(), to);
  }
  return meta;
}
std::string Line(const std::string& meta, const std::string& record = "x") {
  return R"({"path_name": ")" + record +
         R"(", "is_param": true, "use_pickle": false, "tensor_meta": )" + meta +
         "}";
}
std::string Table(const std::string& line) {
  return R"({"config": {"a.w": )" + line + "}}";
}

std::string Dump(const std::string& text, const Limits& limits = {}) {
  const auto payloads = ReadExportConfig(text, limits);
  if (!payloads) return payloads.error().Text();
  std::string dump;
  for (const ExportPayload& p : *payloads) {
    dump += p.name + '=' + p.record + ' ' + std::string(ToName(p.dtype)) + " [";
    for (const int64_t n : p.shape) dump += std::to_string(n) + ' ';
    dump += "] [";
    for (const int64_t n : p.stride) dump += std::to_string(n) + ' ';
    dump += "] @" + std::to_string(p.storage_offset) + ' ' + p.device;
    dump += p.requires_grad == 1 ? " grad" : "";
    dump += p.is_parameter ? " parameter" : "";
    dump += p.is_pickle ? " pickle" : "";
    dump += p.is_tensor ? "\n" : " no tensor\n";
  }
  return dump;
}

TEST(TorchExportConfig, ReadsATable) {
  EXPECT_EQ(Dump(Table(Line(Meta()))),
            "a.w=x float32 [2 3 ] [3 1 ] @4 cuda:1 grad parameter\n");
}

TEST(TorchExportConfig, ReadsADeviceInAnyOrder) {
  EXPECT_THAT(Dump(Table(Line(Meta(R"({"type": "cuda", "index": 1})",
                                   R"({"index": 1, "type": "cuda"})")))),
              HasSubstr(" cuda:1 "));
  EXPECT_THAT(Dump(Table(Line(Meta(R"("index": 1)", R"("index": null)")))),
              HasSubstr(" cuda grad"));
}

TEST(TorchExportConfig, ReadsObjects) {
  EXPECT_EQ(Dump(Table(Line("null"))),
            "a.w=x unknown [] [] @0  parameter no tensor\n");
}

TEST(TorchExportConfig, OverlooksWhatElseThereIs) {
  EXPECT_EQ(Dump(R"({"other": {"a": {"path_name": 1}}, "config": {}})"), "");
}

TEST(TorchExportConfig, RefusesWhatItCannotRead) {
  const auto with = [](const std::string& change, const std::string& to) {
    return Dump(Table(Line(Meta(change, to))));
  };
  EXPECT_THAT(with("\"dtype\": 7", "\"dtype\": 14"),
              HasSubstr("tensor 'a.w': its dtype is not known: found 14"));
  EXPECT_THAT(with("\"dtype\": 7", "\"dtype\": \"7\""),
              HasSubstr("its dtype is not known: found none"));
  EXPECT_THAT(with("\"layout\": 7", "\"layout\": 2"),
              HasSubstr("its layout is not strided"));
  EXPECT_THAT(with("[{\"as_int\": 3},", "["),
              HasSubstr("its sizes and strides differ in length"));
  EXPECT_THAT(with("{\"as_int\": 2}", "2"),
              HasSubstr("are no lists of {\"as_int\": number}"));
  EXPECT_THAT(with("{\"as_int\": 2}", "null"),
              HasSubstr("are no lists of {\"as_int\": number}"));
  EXPECT_THAT(with("{\"as_int\": 2}", "{}"),
              HasSubstr("are not numbers from 0 on"));
  EXPECT_THAT(with("{\"as_int\": 2}", "{\"as_int\": -2}"),
              HasSubstr("are not numbers from 0 on"));
  EXPECT_THAT(with("{\"as_int\": 2}", "{\"as_int\": 2.5}"),
              HasSubstr("are not numbers from 0 on"));
  EXPECT_THAT(with("{\"as_int\": 2}", "{\"as_expr\": {\"hint\": 2}}"),
              HasSubstr("its sizes are no numbers"));
  EXPECT_THAT(with("{\"as_int\": 4}", "{\"as_int\": -4}"),
              HasSubstr("its storage offset is no number"));
  EXPECT_THAT(with("{\"as_int\": 4}", "null"),
              HasSubstr("its storage offset is no number"));
  EXPECT_THAT(Dump(Table("{}")), HasSubstr("it has no `path_name`"));
  EXPECT_THAT(Dump("[]"), HasSubstr("is no table of tensors"));
  EXPECT_THAT(Dump("{\"config\": 1"), HasSubstr("offset 0xc"));
}

TEST(TorchExportConfig, LimitsTheDimensions) {
  EXPECT_THAT(Dump(Table(Line(Meta())), {.dimensions = 1}),
              HasSubstr("more dimensions than the limit"));
}

// ---------------------------------------------------------------- the archive

std::string Saved(const std::string& value) {
  ZipBuilder zip;
  zip.Add({.name = "a/data.pkl", .data = value + "."})
      .Add({.name = "a/data/0", .data = std::string(16, '\0')})
      .Add({.name = "a/version", .data = "3\n"});
  return zip.Zip64().Build();
}

std::vector<ZipEntry> Archive(const std::string& table,
                              const std::string& weight,
                              const std::string& model = "model") {
  return {{.name = "m/data/weights/x", .data = weight},
          {.name = "m/data/weights/" + model + "_weights_config.json",
           .data = table},
          {.name = "m/archive_format", .data = "pt2"},
          {.name = "m/archive_version", .data = "0"},
          {.name = "m/.data/version", .data = "6\n"}};
}

std::string TextOf(const std::vector<ZipEntry>& entries,
                   const std::string& member = "") {
  ZipBuilder zip;
  for (const ZipEntry& entry : entries) zip.Add(entry);
  const std::string bytes = zip.Zip64().Build();
  const auto c = Open(*OpenMemory(AsBytes(bytes)), "m.pt2", {.member = member});
  if (!c) return c.error().Text();
  std::string text = std::string(c->format) + ' ' + std::string(c->version);
  for (const auto* list : {&c->tensors, &c->extras}) {
    for (const Tensor& t : *list) {
      text += '\n';
      if (t.part != kNone) (text += c->parts[t.part].name) += ' ';
      text += std::string(t.name) + ' ' + std::string(ToName(t.kind));
      text += ' ' + std::string(ToName(t.dtype));
      if (t.storage != kNone) {
        const Storage& storage = c->storages[t.storage];
        text += ' ' + std::string(storage.key) + ' ' +
                std::to_string(storage.nbytes);
      }
      if (const auto problem = c->ProblemOf(t); !problem.empty()) {
        ((text += " (") += problem) += ')';
      }
    }
  }
  return text;
}

TEST(TorchExport, ListsTheTensorsOfATable) {
  EXPECT_EQ(TextOf(Archive(Table(Line(Meta())), std::string(40, '\0'))),
            "torch export 0\na.w parameter float32 x 40");
}

TEST(TorchExport, SaysWhatDoesNotFitItsRecord) {
  EXPECT_EQ(TextOf(Archive(Table(Line(Meta())), std::string(39, '\0'))),
            "torch export 0\na.w parameter float32 x 39 (reaches to byte 40 of "
            "its storage x, which has 39)");
  EXPECT_EQ(TextOf(Archive(Table(Line(Meta(), "y")), "")),
            "torch export 0\na.w parameter float32 y 24 (record "
            "data/weights/y is not in the archive)");
}

TEST(TorchExport, ListsConstantsApart) {
  auto entries = Archive("{\"config\": {}}", "");
  entries.push_back({.name = "m/data/constants/x", .data = std::string(40, 0)});
  entries.push_back({.name = "m/data/constants/model_constants_config.json",
                     .data = Table(Line(Meta()))});
  EXPECT_EQ(TextOf(entries), "torch export 0\na.w constant float32 x 40");
}

TEST(TorchExport, OverlooksObjectsAmongTheConstants) {
  auto entries = Archive("{\"config\": {}}", "");
  entries.push_back({.name = "m/data/constants/model_constants_config.json",
                     .data = Table(Line("null"))});
  EXPECT_EQ(TextOf(entries), "torch export 0");
}

TEST(TorchExport, ReadsTensorsThatArePickles) {
  std::string line = Line(Meta());
  line.replace(line.find("\"use_pickle\": false"), 19, "\"use_pickle\": true");
  EXPECT_EQ(TextOf(Archive(Table(line), Saved(test::Small()))),
            "torch export 0\na.w parameter float32 0 16");
  EXPECT_EQ(TextOf(Archive(Table(line), Saved("N"))),
            "data/weights/x: tensor 'a.w': its record holds no tensor, or "
            "several");
  EXPECT_THAT(TextOf(Archive(Table(line), "junk")),
              testing::StartsWith("data/weights/x: "));
}

TEST(TorchExport, OfSeveralModelsEachIsAMember) {
  auto entries = Archive(Table(Line(Meta())), std::string(40, '\0'), "one");
  entries.push_back({.name = "m/data/weights/two_weights_config.json",
                     .data = Table(Line(Meta()))});
  EXPECT_EQ(TextOf(entries),
            "torch export 0\none a.w parameter float32 x 40\n"
            "two a.w parameter float32 x 40");
  EXPECT_EQ(TextOf(entries, "two"),
            "torch export 0\ntwo a.w parameter float32 x 40");
  EXPECT_EQ(TextOf(entries, "three"),
            "no checkpoint in it is named \"three\"; those that are: \"one\", "
            "\"two\"");
}

TEST(TorchExport, ErrorsOfATableNameIt) {
  EXPECT_THAT(TextOf(Archive("{", "")),
              testing::StartsWith("m/data/weights/model_weights_config.json+"));
}

TEST(TorchExport, WithoutWeights) {
  EXPECT_THAT(TextOf({{.name = "m/archive_format", .data = "pt2"},
                      {.name = "m/.data/version", .data = "6\n"},
                      {.name = "m/data/aotinductor/model/a.so", .data = "x"}}),
              HasSubstr("is a torch.export archive (.pt2) without weights"));
}

TEST(TorchExport, ReadsCheckpointsOfOlderReleases) {
  const std::string saved =
      Saved(test::Dict({{test::Str("w"), test::Small()}}));
  const std::vector<ZipEntry> entries = {
      {.name = "serialized_exported_program.json", .data = "{}"},
      {.name = "serialized_state_dict.json", .data = saved},
      {.name = "serialized_constants.pt", .data = saved},
      {.name = "version", .data = "8.2"}};
  EXPECT_EQ(TextOf(entries),
            "torch export 8.2\nserialized_state_dict.json w tensor float32 0 "
            "16\nserialized_constants.pt w constant float32 0 16");
  EXPECT_EQ(TextOf(entries, "serialized_constants.pt"),
            "torch export 8.2\nserialized_constants.pt w constant float32 0 "
            "16");
  EXPECT_THAT(TextOf(entries, "x"), HasSubstr("no checkpoint in it is named"));
}

}  // namespace
}  // namespace ptscope::format
