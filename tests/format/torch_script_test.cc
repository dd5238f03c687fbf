// TorchScript archives of both forms; the fixtures in fixtures/script hold what
// is listed, this is about the archive around it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "format/zip.h"
#include "support/torch_pickle.h"
#include "support/zip_builder.h"

namespace ptscope::format {
namespace {

using namespace test;  // the pieces of a pickle
using ::testing::HasSubstr;

ZipEntry Entry(std::string name, std::string data) {
  return {.name = std::move(name), .data = std::move(data)};
}

const std::string_view kSource =
    "class Net(Module):\n"
    "  __parameters__ = [\"w\", ]\n"
    "  __buffers__ = [\"b\", ]\n";

Piece Net(const std::vector<std::pair<Piece, Piece>>& attributes) {
  return WithState(New(Global("__torch__", "Net")), Dict(attributes));
}
Piece Floats(std::string_view key) {
  return RebuildV2(StorageId(key, 4), {4}, {1});
}

std::vector<ZipEntry> Whole() {
  return {Entry("m/data/0", std::string(16, '\0')),
          Entry("m/data/1", std::string(16, '\0')),
          Entry("m/data.pkl",
                Net({{Str("w"), Floats("0")}, {Str("b"), Floats("1")}}) + "."),
          Entry("m/code/__torch__.py", std::string(kSource)),
          Entry("m/constants/0", std::string(16, '\0')),
          Entry("m/constants.pkl", Tuple({Floats("0")}) + "."),
          Entry("m/version", "3\n")};
}

struct Opened {
  Result<Checkpoint> checkpoint;

  // "w parameter, b buffer, extra 0 constant; findings", or the error.
  std::string text() const {
    if (!checkpoint) return checkpoint.error().Text();
    std::string text;
    const auto add = [&](std::string_view lead, const Tensor& t) {
      if (!text.empty()) text += ", ";
      ((text += lead) += t.name) += ' ';
      text += ToName(t.kind);
      if (const auto problem = checkpoint->ProblemOf(t); !problem.empty()) {
        ((text += " (") += problem) += ')';
      }
    };
    for (const Tensor& t : checkpoint->tensors) add("", t);
    for (const Tensor& t : checkpoint->extras) add("extra ", t);
    for (const Finding& f : checkpoint->findings) (text += "; ") += f.message;
    return text;
  }
};

Opened Open(const std::vector<ZipEntry>& entries,
            const OpenOptions& options = {}) {
  ZipBuilder zip;
  for (const ZipEntry& entry : entries) zip.Add(entry);
  const std::string bytes = zip.Zip64().Build();
  return {ReadZip({*OpenMemory(AsBytes(bytes)), "", nullptr, options, 0})};
}

ZipEntry& Named(std::vector<ZipEntry>& entries, std::string_view name) {
  for (ZipEntry& entry : entries) {
    if (entry.name == name) return entry;
  }
  ADD_FAILURE() << name;
  return entries.front();
}

TEST(TorchScript, ReadsWhatTorchSaves) {
  const Opened opened = Open(Whole(), {.locate = true});
  ASSERT_EQ(opened.text(), "w parameter, b buffer, extra 0 constant");
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.format, "TorchScript");
  EXPECT_EQ(c.version, "3");
  EXPECT_EQ(c.root_kind, RootKind::kModule);
  EXPECT_EQ(c.root_type, "__torch__.Net");
  EXPECT_EQ(c.on_disk, 48u);
  ASSERT_EQ(c.storages.size(), 3u);
  EXPECT_EQ(c.storages[0].key, "0");
  EXPECT_EQ(c.storages[2].key, "constants/0");
  EXPECT_TRUE(c.FileOffsetOf(c.tensors[0]).has_value());
  EXPECT_TRUE(c.FileOffsetOf(c.extras[0]).has_value());
  EXPECT_NE(c.FileOffsetOf(c.tensors[0]), c.FileOffsetOf(c.extras[0]));
  EXPECT_TRUE(c.state_dicts.empty());
}

TEST(TorchScript, IsAModuleToLoadStateDict) {
  const Opened opened = Open(Whole(), {.metadata = true});
  ASSERT_EQ(opened.checkpoint->state_dicts.size(), 1u);
  EXPECT_EQ(opened.checkpoint->state_dicts[0].kind, StateDict::Kind::kModule);
}

TEST(TorchScript, ReadsOnlySourcesOfNamedClasses) {
  auto entries = Whole();
  // Its CRC is not looked at: the pickle names no class of it.
  ZipEntry other = Entry("m/code/__torch__/other.py", std::string(kSource));
  other.crc = 1;
  entries.push_back(other);
  EXPECT_EQ(Open(entries).text(), "w parameter, b buffer, extra 0 constant");
}

TEST(TorchScript, ListsWithoutSources) {
  auto entries = Whole();
  entries.erase(entries.begin() + 3);
  EXPECT_EQ(Open(entries).text(), "w tensor, b tensor, extra 0 constant");
}

TEST(TorchScript, FindsSourcesThatCannotBeRead) {
  auto entries = Whole();
  Named(entries, "m/code/__torch__.py").crc = 1;
  EXPECT_EQ(Open(entries).text(),
            "w tensor, b tensor, extra 0 constant; "
            "m/code/__torch__.py: its CRC-32 differs from the directory's; "
            "its classes do not tell parameters from buffers");
  entries = Whole();
  Named(entries, "m/code/__torch__.py").flags = 1;
  EXPECT_THAT(Open(entries).text(), HasSubstr("is encrypted"));
}

// Each may make libzip read the whole directory.
TEST(TorchScript, StopsAtManySourcesThatCannotBeRead) {
  std::vector<ZipEntry> entries;
  Pieces globals;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "c" + std::to_string(i);
    globals.push_back(Global("__torch__." + name, "Net"));
    ZipEntry source = Entry("m/code/__torch__/" + name + ".py", "class");
    source.crc = 1;
    entries.push_back(source);
  }
  entries.push_back(
      Entry("m/data.pkl", Net({{Str("x"), Tuple(globals)}}) + "."));
  entries.push_back(Entry("m/constants.pkl", ")."));
  entries.push_back(Entry("m/version", "3\n"));
  const Opened opened = Open(entries);
  ASSERT_TRUE(opened.checkpoint);
  EXPECT_EQ(opened.checkpoint->findings.size(), 16u);
}

TEST(TorchScript, CountsSourcesAgainstTheirLimit) {
  const uint64_t size = kSource.size();
  EXPECT_EQ(Open(Whole(), {.limits = {.code = size}}).text(),
            "w parameter, b buffer, extra 0 constant");
  const Opened opened = Open(Whole(), {.limits = {.code = size - 1}});
  ASSERT_FALSE(opened.checkpoint);
  EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kLimit);
  EXPECT_THAT(opened.text(), HasSubstr("--max code=N"));
}

TEST(TorchScript, RefusesConstantsThatAreBroken) {
  auto entries = Whole();
  Named(entries, "m/constants.pkl").data = "N.";
  EXPECT_EQ(Open(entries).text(), "constants.pkl: the constants are no tuple");
  Named(entries, "m/constants.pkl").data = "(";
  EXPECT_FALSE(Open(entries).checkpoint);
}

TEST(TorchScript, FindsWhatIsWrongWithStorages) {
  auto entries = Whole();
  Named(entries, "m/data/1").data += "four";
  Named(entries, "m/constants/0").data.pop_back();
  EXPECT_EQ(Open(entries).text(),
            "w parameter, b buffer, extra 0 constant "
            "(record constants/0 has 15 bytes, its storage 16); "
            "record data/1 has 20 bytes, its storage 16");
}

TEST(TorchScript, FindsTwoRecordsOfOneName) {
  auto entries = Whole();
  entries.push_back(Entry("m/constants/0", std::string(16, '\1')));
  EXPECT_THAT(Open(entries).text(),
              HasSubstr("two records have the name 'm/constants/0'"));
}

// Names that begin with the pickle's folder are those of other records.
TEST(TorchScript, TakesAKeyWithASlashForARecord) {
  auto entries = Whole();
  Named(entries, "m/data.pkl").data = Net({{Str("w"), Floats("0")},
                                           {Str("b"), Floats("data/0")},
                                           {Str("c"), Floats("constants/0")},
                                           {Str("d"), Floats("data/7")}}) +
                                      ".";
  const Opened opened = Open(entries);
  EXPECT_EQ(opened.text(),
            "w parameter, b buffer, c attribute, "
            "d attribute (record data/7 is not in the archive), "
            "extra 0 constant");
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.tensors[1].storage, c.tensors[0].storage);
  EXPECT_EQ(c.extras[0].storage, c.tensors[2].storage);
  EXPECT_EQ(c.storages[c.tensors[3].storage].key, "7");
}

TEST(TorchScript, NamesWhatIsInAList) {
  auto entries = Whole();
  Named(entries, "m/data.pkl").data =
      Net({{Str("w"), Call(Global("torch.jit._pickle", "build_tensorlist"),
                           {MakeList({Floats("0")})})},
           {Str("n"), Call(Global("torch.jit._pickle", "restore_type_tag"),
                           {Dict({{Str("k"), Floats("1")}}),
                            Str("Dict[str, Tensor]")})}}) +
      ".";
  // The list of parameters has no names of lists.
  EXPECT_EQ(Open(entries).text(),
            "w.0 tensor, n.k attribute, extra 0 constant");
}

// ------------------------------------------------------------- model.json

std::vector<ZipEntry> OldForm(std::string main, std::string tensors) {
  return {Entry("m/tensors/0", std::string(16, '\0')),
          Entry("m/model.json", R"({"mainModule": )" + std::move(main) +
                                    R"(, "tensors": [)" + std::move(tensors) +
                                    "]}"),
          Entry("m/version", "1\n")};
}
const char* const kTensor =
    R"({"dims": ["4"], "strides": ["1"], "dataType": "FLOAT",
        "data": {"key": "tensors/0"}, "device": "cpu"})";

TEST(TorchScriptJson, ReadsWhatTorchSaved) {
  const Opened opened =
      Open(OldForm(R"({"name": "m", "submodules": [{"name": "a",
               "parameters": [{"name": "w", "tensorId": "0"}]}]})",
                   kTensor),
           {.locate = true, .metadata = true});
  ASSERT_EQ(opened.text(), "a.w parameter");
  const Checkpoint& c = *opened.checkpoint;
  EXPECT_EQ(c.format, "TorchScript");
  EXPECT_EQ(c.version, "1");
  EXPECT_EQ(c.root_kind, RootKind::kModule);
  EXPECT_EQ(c.on_disk, 16u);
  EXPECT_EQ(c.storages[0].key, "tensors/0");
  EXPECT_EQ(c.PathOf(c.tensors[0]), (std::vector<std::string_view>{"a", "w"}));
  EXPECT_TRUE(c.FileOffsetOf(c.tensors[0]).has_value());
  ASSERT_EQ(c.entries.size(), 1u);
  EXPECT_EQ(c.entries[0].type, "module");
  EXPECT_EQ(c.entries[0].tensors, 1u);
  ASSERT_EQ(c.state_dicts.size(), 1u);
  EXPECT_EQ(c.state_dicts[0].kind, StateDict::Kind::kModule);
}

TEST(TorchScriptJson, SaysWhatIsWrongWithATensor) {
  const auto of = [](std::string_view tensor) {
    return Open(OldForm(R"({"parameters": [{"name": "w"}]})",
                        std::string(tensor)))
        .text();
  };
  EXPECT_EQ(of(R"({"dims": ["4"], "strides": [], "dataType": "FLOAT"})"),
            "model.json: tensor 0 of its table: its size and stride differ in "
            "length: found 0, expected 1");
  EXPECT_EQ(of(R"({"dims": ["-4"], "strides": ["1"], "dataType": "FLOAT"})"),
            "model.json: tensor 0 of its table: its size, stride or offset is "
            "negative");
  EXPECT_EQ(of(R"({"dataType": "FLOAT", "isQuantized": true})"),
            "model.json: tensor 0 of its table: its element type is not "
            "known: found 'FLOAT', quantized");
  EXPECT_EQ(of(R"({"dims": ["9"], "strides": ["1"], "dataType": "FLOAT",
                   "data": {"key": "tensors/0"}})"),
            "w parameter (reaches to byte 36 of its storage tensors/0, which "
            "has 16)");
  EXPECT_EQ(of(R"({"dims": ["4"], "strides": ["1"], "dataType": "FLOAT",
                   "data": {"key": "tensors/1"}})"),
            "w parameter (record tensors/1 is not in the archive)");
}

// A long name that many others begin with.
TEST(TorchScriptJson, KeepsToItsMemory) {
  std::string parameters;
  for (int i = 0; i < 1000; ++i) {
    if (i > 0) parameters += ',';
    parameters += R"({"name": "w"})";
  }
  const Opened opened =
      Open(OldForm(R"({"submodules": [{"name": ")" + std::string(100'000, 'a') +
                       R"(", "parameters": [)" + parameters + "]}]}",
                   kTensor));
  ASSERT_FALSE(opened.checkpoint);
  EXPECT_EQ(opened.checkpoint.error().code, ErrorCode::kLimit);
}

TEST(TorchScriptJson, IsNotEveryArchiveWithSuchARecord) {
  const auto code_of = [](const std::vector<ZipEntry>& entries) {
    const Opened opened = Open(entries);
    return opened.checkpoint ? "" : ToWord(opened.checkpoint.error().code);
  };
  EXPECT_EQ(code_of({Entry("web/model.json", "{}"),
                     Entry("web/group1-shard1of1.dat", "")}),
            "not_checkpoint");
  EXPECT_EQ(code_of({Entry("a/model.json", "{}"), Entry("b/model.json", "{}")}),
            "not_checkpoint");
  auto twice = OldForm("{}", kTensor);
  twice.push_back(Entry("m/MODEL.json", "{}"));
  EXPECT_EQ(code_of(twice), "damaged");
}

}  // namespace
}  // namespace ptscope::format
