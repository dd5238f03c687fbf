#include "torch/script_classes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle
using ::testing::ElementsAre;

// A pickle that is a tuple of classes, and what is known of them.
class Classes {
 public:
  explicit Classes(const Pieces& globals)
      : pickle_(Tuple(globals) + '.'), classes_(Run()) {}

  ScriptClasses* operator->() { return classes_.get(); }

  // Of the i-th global.
  const ScriptClass* At(size_t i) const {
    return classes_->Find(values_.GlobalIdOf(values_.ItemsOf(root_)[i]));
  }
  // "module parameters: a, b; buffers: c", "other", "unknown".
  std::string Text(size_t i) const {
    const ScriptClass* found = At(i);
    if (found == nullptr) return "none";
    if (found->sort == ScriptClass::Sort::kUnknown) return "unknown";
    if (found->sort == ScriptClass::Sort::kOther) return "other";
    std::string text = "module";
    const auto add = [&](std::string_view what, const auto& names) {
      if (!names) return;
      (text += ' ') += what;
      for (const std::string_view name : *names) (text += ' ') += name;
      text += ';';
    };
    add("parameters", found->parameters);
    add("buffers", found->buffers);
    return text;
  }

 private:
  std::unique_ptr<ScriptClasses> Run() {
    auto program = pickle::Run(AsBytes(pickle_), "data.pkl", {}, values_);
    EXPECT_TRUE(program);
    if (program) root_ = program->root;
    return std::make_unique<ScriptClasses>(values_);
  }

  const std::string pickle_;
  pickle::Values values_;
  pickle::Ref root_;
  std::unique_ptr<ScriptClasses> classes_;
};

std::string TextOf(std::string_view source) {
  Classes classes({Global("__torch__.net", "Net")});
  classes->ReadSource("__torch__.net", source);
  return classes.Text(0);
}

TEST(ScriptClasses, ReadsTheHeadOfAClass) {
  EXPECT_EQ(TextOf("class Net(Module):\n"
                   "  __parameters__ = [\"weight\", \"0\", ]\n"
                   "  __buffers__ = [\"mean\", ]\n"
                   "  __annotations__ = []\n"
                   "  __annotations__[\"0\"] = Tensor\n"
                   "  weight : Tensor\n"
                   "  def forward(self: __torch__.net.Net) -> Tensor:\n"
                   "    return self.weight\n"),
            "module parameters 0 weight; buffers mean;");
}

TEST(ScriptClasses, FindsTheModulesOfAPickle) {
  Classes classes({Global("__torch__.a", "A"), Global("__torch__.a", "B"),
                   Global("__torch__", "C"), Global("__torch__x", "D"),
                   Global("__torch__.torch.classes.q", "P"),
                   Global("collections", "OrderedDict")});
  EXPECT_THAT(classes->modules(), ElementsAre("__torch__.a", "__torch__"));
  EXPECT_EQ(classes.Text(0), "unknown");
  EXPECT_EQ(classes.Text(3), "none");
  EXPECT_EQ(classes.Text(4), "other");  // it has no source
  EXPECT_EQ(classes.Text(5), "none");
}

TEST(ScriptClasses, KnowsOneNameInTwoModules) {
  Classes classes({Global("__torch__.a", "A"), Global("__torch__.b", "A")});
  classes->ReadSource("__torch__.b", "class A(Module):\n");
  EXPECT_EQ(classes.Text(0), "unknown");
  EXPECT_EQ(classes.Text(1), "module");
}

struct Row {
  std::string_view source;
  std::string_view text;
};

TEST(ScriptClasses, ReadsOnlyWhatTorchWrites) {
  const Row kRows[] = {
      {"", "unknown"},
      {"class Other(Module):\n  __parameters__ = []\n", "unknown"},
      {"class Net(Module):", "module"},
      {"op_version_set = 1\r\nclass Net(Module):\r\n  __parameters__ = []\r\n",
       "module parameters;"},
      {"class Net(Module):\n  __parameters__ = [\"a\"]\n",
       "module parameters a;"},
      {"class Net(NamedTuple):\n  x : Tensor\n", "other"},
      {"class Net:\n  x : Tensor\n", "other"},
      {"class Net(Enum):\n", "other"},
      // Not at the beginning of a line, or no title.
      {" class Net(Module):\n", "unknown"},
      {"class Net(Module)\n", "unknown"},
      {"class Net(Module, Other):\n", "unknown"},
      {"class (Module):\n", "unknown"},
      {"classNet(Module):\n", "unknown"},
      // Lists of another form.
      {"class Net(Module):\n  __parameters__ = [\"a\", \"b\n", "unknown"},
      {"class Net(Module):\n  __parameters__ = [\"a\\\"\", ]\n", "unknown"},
      {"class Net(Module):\n  __parameters__ = [a, ]\n", "unknown"},
      {"class Net(Module):\n  __parameters__ = [\"a\" \"b\", ]\n", "unknown"},
      {"class Net(Module):\n  __parameters__ = [\"a\", ] + other\n", "unknown"},
      {"class Net(Module):\n  __parameters__ : List[str] = []\n", "unknown"},
      {"class Net(Module):\n  __parameters__ = [\"a\", ]\n"
       "  __parameters__ = []\n",
       "unknown"},
      // Behind the head nothing counts.
      {"class Net(Module):\n  x : Tensor\n  __parameters__ = [\"x\", ]\n",
       "module"},
      // Twice: which of them counts is not known.
      {"class Net(Module):\n  __parameters__ = []\nclass Net(Module):\n"
       "  __parameters__ = []\n",
       "unknown"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(TextOf(row.source), row.text) << row.source;
  }
}

TEST(ScriptClasses, ReadsEachClassOfASource) {
  Classes classes({Global("__torch__", "A"), Global("__torch__", "B")});
  classes->ReadSource("__torch__",
                      "class A(Module):\n  __parameters__ = [\"a\", ]\n"
                      "class Other:\n  x : int\n"
                      "class B(Module):\n  __buffers__ = [\"b\", ]\n");
  EXPECT_EQ(classes.Text(0), "module parameters a;");
  EXPECT_EQ(classes.Text(1), "module buffers b;");
}

TEST(ScriptClasses, TellsWhatAnAttributeIs) {
  Classes classes({Global("__torch__", "A"), Global("__torch__", "B")});
  classes->ReadSource("__torch__",
                      "class A(Module):\n  __parameters__ = [\"p\", ]\n"
                      "  __buffers__ = [\"b\", ]\n"
                      "class B(Module):\n  __parameters__ = [\"p\", ]\n");
  EXPECT_EQ(SortOf(*classes.At(0), "p"), AttributeSort::kParameter);
  EXPECT_EQ(SortOf(*classes.At(0), "b"), AttributeSort::kBuffer);
  EXPECT_EQ(SortOf(*classes.At(0), "x"), AttributeSort::kOther);
  EXPECT_EQ(SortOf(*classes.At(1), "p"), AttributeSort::kParameter);
  EXPECT_EQ(SortOf(*classes.At(1), "b"), AttributeSort::kBufferOrOther);
  EXPECT_EQ(SortOf(ScriptClass(), "b"), AttributeSort::kUnknown);
}

// A quadratic look-up would take minutes.
TEST(ScriptClasses, TakesManyClassesOfOneModule) {
  Pieces globals;
  std::string source;
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = "C" + std::to_string(i);
    globals.push_back(Global("__torch__", name));
    source += "class " + name + "(Module):\n";
  }
  Classes classes(globals);
  classes->ReadSource("__torch__", source);
  EXPECT_EQ(classes.Text(0), "module");
  EXPECT_EQ(classes.Text(49'999), "module");
}

}  // namespace
}  // namespace ptscope::torch
