#include "render/torch_style.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ptscope::render {
namespace {

const std::vector<int64_t> kScalar = {};
const std::vector<int64_t> kOne = {3};
const std::vector<int64_t> kOpen = {kIrregular, NamedDimension(0), 7};

struct Case {
  LoadAnswer answer;
  Reference reference;
  TensorList keys;
  std::string model = "Net";

  std::string Text() const {
    const Comparison comparison;
    return TorchText(Judgement{.file = "a.pt",
                               .manifest = model,
                               .reference = reference,
                               .actual = keys,
                               .root = nullptr,
                               .comparison = comparison,
                               .torch = &answer});
  }
};

TEST(TorchText, SaysThatAllMatch) {
  EXPECT_EQ(Case{}.Text(), "<All keys matched successfully>\n");
}

TEST(TorchText, HasOneLineForEachKindOfKey) {
  Case c;
  c.answer.missing = {"a", "b"};
  c.answer.unexpected = {"c"};
  EXPECT_EQ(c.Text(),
            "RuntimeError: Error(s) in loading state_dict for Net:\n"
            "\tMissing key(s) in state_dict: \"a\", \"b\". \n"
            "\tUnexpected key(s) in state_dict: \"c\". \n");
}

TEST(TorchText, HasALineForEachMisfit) {
  Case c;
  c.reference.tensors = {{.name = "w", .shape = kScalar},
                         {.name = "v", .shape = kOpen},
                         {.name = "n"}};
  c.reference.dimension_names = {"V"};
  c.keys.tensors = {{.name = "w", .shape = kOne}, {.name = "n"}};
  c.answer.misfits = {
      {"w", 0, 0}, {"v", 1, 0}, {"n", 2, 1, "int"}, {"m", 1, 0, "", true}};
  EXPECT_EQ(
      c.Text(),
      "RuntimeError: Error(s) in loading state_dict for Net:\n"
      "\tsize mismatch for w: copying a param with shape torch.Size([3]) from "
      "checkpoint, the shape in current model is torch.Size([]).\n"
      "\tsize mismatch for v: copying a param with shape torch.Size([3]) from "
      "checkpoint, the shape in current model is torch.Size([?, V, 7]).\n"
      "\tWhile copying the parameter named \"n\", expected torch.Tensor or "
      "Tensor-like object from checkpoint but received <class 'int'>\n"
      "\tWhile copying the parameter named \"m\", whose dimensions in the "
      "model "
      "are torch.Size([3]) and whose dimensions in the checkpoint are "
      "torch.Size([3]), an exception occurred : ('Cannot copy out of meta "
      "tensor; no data!',).\n");
}

TEST(TorchText, SaysWhatTheRootIs) {
  Case c;
  c.answer.no_dict = "list";
  EXPECT_EQ(c.Text(),
            "TypeError: Expected state_dict to be dict-like, got <class "
            "'list'>.\n");
}

TEST(TorchText, EndsWithWhatKeepsTorchFromLoading) {
  Case c;
  c.answer.obstacles = {{"w", "its bytes are not in the file: gone"}};
  EXPECT_EQ(c.Text(), "# \"w\": its bytes are not in the file: gone\n");
  c.answer.missing = {"a"};
  EXPECT_EQ(c.Text(),
            "RuntimeError: Error(s) in loading state_dict for Net:\n"
            "\tMissing key(s) in state_dict: \"a\". \n"
            "# \"w\": its bytes are not in the file: gone\n");
}

TEST(TorchText, EscapesWhatComesFromFiles) {
  Case c;
  c.model = "N\x1b[2J";
  c.keys.tensors = {{.name = "k"}};
  c.answer.missing = {"a\nb"};
  c.answer.unexpected = {"\xff"};
  c.answer.misfits = {{"k\t", 0, 0, "m.\x1b"}};
  c.answer.obstacles = {{"o\r", "why\n"}};
  EXPECT_EQ(c.Text(),
            "RuntimeError: Error(s) in loading state_dict for N\\x1b[2J:\n"
            "\tMissing key(s) in state_dict: \"a\\x0ab\". \n"
            "\tUnexpected key(s) in state_dict: \"\\xff\". \n"
            "\tWhile copying the parameter named \"k\\x09\", expected "
            "torch.Tensor or Tensor-like object from checkpoint but received "
            "<class 'm.\\x1b'>\n"
            "# \"o\\x0d\": why\\x0a\n");
}

}  // namespace
}  // namespace ptscope::render
