#include "ptscope/torch_style.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "support/checkpoint_builder.h"
#include "support/reference_builder.h"

namespace ptscope {
namespace {

using test::CheckpointBuilder;
using test::MakeReference;

// A checkpoint whose root is a dict, with what load_state_dict() looks at.
struct File {
  Checkpoint checkpoint;

  explicit File(Checkpoint built) : checkpoint(std::move(built)) {
    checkpoint.state_dicts.push_back(
        {.type = "dict", .kind = StateDict::Kind::kDict});
  }
  File& Key(std::string_view key, std::string_view type, uint32_t tensors = 0) {
    checkpoint.other_keys.push_back(
        {.key = key, .type = type, .tensors = tensors});
    checkpoint.state_dicts[0].key_count++;
    return *this;
  }
  File& Module(std::string_view module, std::optional<int64_t> version) {
    checkpoint.modules.push_back({.module = module, .version = version});
    checkpoint.state_dicts[0].module_count++;
    checkpoint.state_dicts[0].has_metadata = true;
    return *this;
  }
};

// "missing: a, b; unexpected: c; misfits: d, e class; obstacles: f (why)".
std::string Said(const Reference& reference, const File& file,
                 const CompareOptions& options = {}) {
  const StateDictKeys keys =
      ListKeys(file.checkpoint, *ChooseRoot(file.checkpoint, {}));
  const auto comparison = Compare(reference, keys, AsTorchCompares(options));
  EXPECT_TRUE(comparison);
  const auto answer = LoadStateDict(reference, keys, *comparison);
  EXPECT_TRUE(answer);
  if (!answer->no_dict.empty())
    return "no dict: " + std::string(answer->no_dict);
  std::string text;
  const auto add = [&text](std::string_view what, const auto& list, auto word) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (i == 0)
        (text += text.empty() ? "" : "; ") += std::string(what) + ": ";
      if (i > 0) text += ", ";
      text += word(list[i]);
    }
  };
  const auto name = [](std::string_view n) { return std::string(n); };
  add("missing", answer->missing, name);
  add("unexpected", answer->unexpected, name);
  add("misfits", answer->misfits, [](const LoadAnswer::Misfit& m) {
    return std::string(m.name) +
           (m.no_tensor.empty() ? "" : " " + std::string(m.no_tensor)) +
           (m.no_values ? " meta" : "");
  });
  add("obstacles", answer->obstacles, [](const LoadAnswer::Obstacle& o) {
    return std::string(o.name) + " (" + o.why + ")";
  });
  EXPECT_EQ(answer->raises(), !text.empty());
  return text.empty() ? "ok" : text;
}

File Of(CheckpointBuilder& builder) { return File(builder.Build()); }

// -------------------------------------------------------------------- verdicts

TEST(TorchStyle, TellsMissingInTheReferencesOrder) {
  EXPECT_EQ(Said(MakeReference({{"b"}, {"w"}, {"a"}}),
                 Of(CheckpointBuilder().Tensor({"w"}))),
            "missing: b, a");
}

TEST(TorchStyle, TellsUnexpectedModuleByModule) {
  const Reference reference =
      MakeReference({{"w"}, {"fc.w"}, {"bn.w"}, {"bn.in.w"}});
  EXPECT_EQ(Said(reference, Of(CheckpointBuilder()
                                   .Tensor({"bn.in.x"})
                                   .Tensor({"bn.x"})
                                   .Tensor({"w"})
                                   .Tensor({"fc.w"})
                                   .Tensor({"fc.w.deep"})
                                   .Tensor({"bn.w"})
                                   .Tensor({"bn.in.w"})
                                   .Tensor({"zoo.x.y"})
                                   .Tensor({"bn.a"})
                                   .Tensor({"extra"}))),
            "unexpected: zoo.x.y, extra, fc.w.deep, bn.x, bn.a, bn.in.x");
}

TEST(TorchStyle, TellsAStateThatAModuleDoesNotTakeFirst) {
  EXPECT_EQ(Said(MakeReference({{"fc.w"}}), Of(CheckpointBuilder()
                                                   .Tensor({"fc.w"})
                                                   .Tensor({"fc.x"})
                                                   .Tensor({"x"})
                                                   .Tensor({"fc._extra_state"})
                                                   .Tensor({"_extra_state"}))),
            "unexpected: _extra_state, x, fc._extra_state, fc.x");
}

TEST(TorchStyle, KnowsNoDtypes) {
  Reference reference = MakeReference({{"w"}});
  reference.tensors[0].dtype = &PatternOf(Dtype::kFloat32);
  EXPECT_EQ(Said(reference, Of(CheckpointBuilder().Tensor(
                                {"w"}, {.dtype = Dtype::kInt64}))),
            "ok");
}

TEST(TorchStyle, TellsShapes) {
  const Reference reference = MakeReference({{"a", {{3}}}, {"b", {{2, 2}}}});
  EXPECT_EQ(Said(reference, Of(CheckpointBuilder()
                                   .Tensor({"b"}, {.shape = {4}})
                                   .Tensor({"a"}, {.shape = {2}}))),
            "misfits: a, b");
}

TEST(TorchStyle, TakesOneElementForAScalar) {
  const Reference reference = MakeReference({{"w", {std::vector<int64_t>{}}}});
  EXPECT_EQ(
      Said(reference, Of(CheckpointBuilder().Tensor({"w"}, {.shape = {1}}))),
      "ok");
  EXPECT_EQ(
      Said(reference, Of(CheckpointBuilder().Tensor({"w"}, {.shape = {2}}))),
      "misfits: w");
  EXPECT_EQ(
      Said(reference, Of(CheckpointBuilder().Tensor({"w"}, {.shape = {1, 1}}))),
      "misfits: w");
  EXPECT_EQ(Said(MakeReference({{"w", {{1}}}}),
                 Of(CheckpointBuilder().Tensor({"w"}, {.shape = {}}))),
            "misfits: w");
}

TEST(TorchStyle, TellsTensorsOnTheMetaDevice) {
  File file = Of(CheckpointBuilder()
                     .Tensor({"a"}, {.shape = {2}, .storage = kNone})
                     .Tensor({"b"}, {.shape = {3}, .storage = kNone})
                     .Tensor({"c"}, {.storage = kNone}));
  for (uint32_t i = 0; i < 3; ++i) {
    file.checkpoint.details.push_back({.device = "meta"});
    file.checkpoint.tensors[i].detail = i;
  }
  EXPECT_EQ(Said(MakeReference({{"a", {{2}}}, {"b", {{2}}}}), file),
            "unexpected: c; misfits: a meta, b");
}

TEST(TorchStyle, KnowsNoRules) {
  Reference reference = MakeReference({{"a"}, {"w"}});
  reference.rules = {
      .may_miss = {{"*"}}, .may_add = {{"x*"}}, .must_not_add = {{"y*"}}};
  EXPECT_EQ(
      Said(reference,
           Of(CheckpointBuilder().Tensor({"w"}).Tensor({"x"}).Tensor({"y"})),
           {.may_miss = {{"*"}}, .may_add = {{"*"}}, .strict = true}),
      "missing: a; unexpected: x, y");
}

TEST(TorchStyle, KnowsNoTiedNames) {
  Reference reference = MakeReference({{"a"}, {"b"}});
  reference.tied = {{0, 1}};
  EXPECT_EQ(Said(reference, Of(CheckpointBuilder().Tensor({"a"}))),
            "missing: b");
}

TEST(TorchStyle, AppliesRenamesPrefixesAndTheFilter) {
  Reference reference = MakeReference({{"w"}, {"b"}});
  reference.rules.rename = {{.from = "^gamma$", .to = "w"}};
  const std::vector<std::string> junk = {"junk"};
  EXPECT_EQ(Said(reference,
                 Of(CheckpointBuilder()
                        .Tensor({"gamma"})
                        .Tensor({"module.b"})
                        .Tensor({"junk"})),
                 {.filter = NameFilter({}, junk),
                  .prefixes = {{PrefixChange::Kind::kStrip, "module."}}}),
            "ok");
}

// ---------------------------------------------------------- what is no tensor

TEST(TorchStyle, TellsKeysThatAreNoTensors) {
  EXPECT_EQ(Said(MakeReference({{"a"}, {"b"}}),
                 Of(CheckpointBuilder().Tensor({"a"}).Tensor({"x"}))
                     .Key("epoch", "int", 0)
                     .Key("b", "NoneType", 1)
                     .Key("z", "list", 2)),
            "unexpected: epoch, x, z; misfits: b NoneType");
}

TEST(TorchStyle, SeesADictInADictAsOneKey) {
  File file = Of(CheckpointBuilder().Tensor({"fc", "w"}).Tensor({"b"}));
  file.Key("fc", "dict");
  EXPECT_EQ(Said(MakeReference({{"fc.w"}, {"b"}}), file),
            "missing: fc.w; unexpected: fc");
}

TEST(TorchStyle, DoesNotKnowOfStatesThatAreNoTensors) {
  EXPECT_EQ(Said(MakeReference({{"w"}, {"b._extra_state", {{3}}}}),
                 Of(CheckpointBuilder().Tensor({"w"}).Tensor({"b._extra_state"},
                                                             {.shape = {7}}))
                     .Key("a._extra_state", "_io.BytesIO", 2)),
            "ok");
}

TEST(TorchStyle, RefusesKeysThatAreNoText) {
  File file = Of(CheckpointBuilder().Tensor({"0"}));
  file.Key("0", "");
  file.checkpoint.other_keys[0].text = false;
  EXPECT_EQ(Said(MakeReference({{"0"}}), file),
            "missing: 0; obstacles: 0 (the key is no text)");

  // 1 and "1" are two keys.
  file = Of(CheckpointBuilder().Tensor({"a"}).Tensor({"1"}).Tensor({"1"}));
  file.Key("n", "int", 1).Key("1", "", 1).Key("2", "int", 2);
  file.checkpoint.other_keys[1].text = false;
  file.checkpoint.other_keys[2].text = false;
  EXPECT_EQ(Said(MakeReference({{"a"}, {"1"}}), file),
            "unexpected: n; obstacles: 1 (the key is no text), 2 (the key is "
            "no text)");
}

TEST(TorchStyle, RefusesARootThatIsNoDict) {
  File file = Of(CheckpointBuilder().Tensor({"0"}));
  file.checkpoint.state_dicts[0].kind = StateDict::Kind::kOther;
  file.checkpoint.state_dicts[0].type = "list";
  EXPECT_EQ(Said(MakeReference({{"0"}}), file), "no dict: list");

  file = Of(CheckpointBuilder().Tensor({}));
  file.checkpoint.state_dicts.clear();
  EXPECT_EQ(Said(MakeReference({{""}}), file), "no dict: torch.Tensor");
}

TEST(TorchStyle, TakesTheStateDictOfAModule) {
  File file = Of(CheckpointBuilder().Tensor({"fc", "w"}));
  file.checkpoint.state_dicts[0].kind = StateDict::Kind::kModule;
  EXPECT_EQ(Said(MakeReference({{"fc.w"}, {"fc.num_batches_tracked"}}), file),
            "missing: fc.num_batches_tracked");
}

// -------------------------------------------------------- num_batches_tracked

TEST(TorchStyle, FillsInBatchesBeforeVersionTwo) {
  const Reference reference = MakeReference({{"w"},
                                             {"none.num_batches_tracked"},
                                             {"one.num_batches_tracked"},
                                             {"two.num_batches_tracked"},
                                             {"unknown.num_batches_tracked"},
                                             {"num_batches_tracked"},
                                             {"one.xnum_batches_tracked"}});
  EXPECT_EQ(Said(reference, Of(CheckpointBuilder().Tensor({"w"}))
                                .Module("", 2)
                                .Module("none", {})
                                .Module("one", 1)
                                .Module("two", 2)),
            "missing: two.num_batches_tracked, num_batches_tracked, "
            "one.xnum_batches_tracked");
}

TEST(TorchStyle, FillsInBatchesWithoutMetadata) {
  EXPECT_EQ(Said(MakeReference({{"w"}, {"bn.num_batches_tracked"}}),
                 Of(CheckpointBuilder().Tensor({"w"}))),
            "ok");
}

TEST(TorchStyle, RenamesModulesAsTheirTensors) {
  Reference reference = MakeReference({{"w"}, {"bn.num_batches_tracked"}});
  File file = Of(CheckpointBuilder().Tensor({"module.w"}));
  file.Module("module.bn", 2);
  const CompareOptions strip = {
      .prefixes = {{PrefixChange::Kind::kStrip, "module."}}};
  EXPECT_EQ(Said(reference, file, strip), "missing: bn.num_batches_tracked");
  EXPECT_EQ(Said(reference, file, {.auto_prefix = true}),
            "missing: bn.num_batches_tracked");
  reference.rules.rename = {{.strip_prefix = "module."}};
  EXPECT_EQ(Said(reference, file), "missing: bn.num_batches_tracked");
}

// ------------------------------------------------------- what cannot be loaded

TEST(TorchStyle, NamesTensorsWithoutTheirBytes) {
  EXPECT_EQ(Said(MakeReference({{"w"}}),
                 Of(CheckpointBuilder()
                        .Tensor({"w"}, {.problem = "record data/0 is short"})
                        .Tensor({"x"}, {.problem = "gone"}))),
            "unexpected: x; obstacles: w (its bytes are not in the file: "
            "record data/0 is short), x (its bytes are not in the file: gone)");
}

TEST(TorchStyle, NamesKeysThatBecomeOne) {
  Reference reference = MakeReference({{"w"}});
  reference.rules.rename = {{.from = "^v$", .to = "w"}};
  EXPECT_EQ(
      Said(reference, Of(CheckpointBuilder().Tensor({"w"}).Tensor({"v"}))),
      "obstacles: w (2 tensors have this name)");
}

}  // namespace
}  // namespace ptscope
