#include "render/torch_style.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "ptscope/torch_style.h"

namespace ptscope::render {

namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  EscapeText(out, text, EscapeFor::kStderr);
  return out;
}

// "torch.Size([64, 3])"; what the manifest leaves open is `?` or has its name.
std::string SizeText(const TensorList& list, std::span<const int64_t> shape) {
  std::string text = "torch.Size([";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    if (IsNamed(shape[i])) {
      text += Escaped(list.dimension_names[NameOfDimension(shape[i])]);
    } else if (shape[i] == kIrregular) {
      text += '?';
    } else {
      text += fmt::format("{}", shape[i]);
    }
  }
  return text + "])";
}

// "Missing key(s) in state_dict: "a", "b". ", with the blank at its end.
void AppendKeys(std::string& to, std::string_view what,
                std::span<const std::string_view> keys) {
  if (keys.empty()) return;
  to += "\n\t";
  to += what;
  to += " key(s) in state_dict: ";
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) to += ", ";
    to += '"';
    EscapeText(to, keys[i], EscapeFor::kStderr);
    to += '"';
  }
  to += ". ";
}

void AppendMisfit(std::string& to, const Judgement& judgement,
                  const LoadAnswer::Misfit& misfit) {
  const std::string name = Escaped(misfit.name);
  if (!misfit.no_tensor.empty()) {
    to += fmt::format(
        "\n\tWhile copying the parameter named \"{}\", expected torch.Tensor "
        "or Tensor-like object from checkpoint but received <class '{}'>",
        name, Escaped(misfit.no_tensor));
    return;
  }
  const auto& expected = judgement.reference.tensors[misfit.expected].shape;
  const auto& actual = judgement.actual.tensors[misfit.actual].shape;
  if (misfit.no_values) {
    // A scalar of 0.3 has become one by then.
    const std::string size = expected && expected->empty()
                                 ? SizeText(judgement.reference, *expected)
                                 : SizeText(judgement.actual, *actual);
    to += fmt::format(
        "\n\tWhile copying the parameter named \"{0}\", whose dimensions in "
        "the "
        "model are {1} and whose dimensions in the checkpoint are {1}, an "
        "exception occurred : ('Cannot copy out of meta tensor; no data!',).",
        name, size);
    return;
  }
  to += fmt::format(
      "\n\tsize mismatch for {}: copying a param with shape {} from "
      "checkpoint, the shape in current model is {}.",
      name, SizeText(judgement.actual, *actual),
      SizeText(judgement.reference, *expected));
}

std::string Exception(const Judgement& judgement) {
  const LoadAnswer& answer = *judgement.torch;
  if (!answer.no_dict.empty()) {
    return fmt::format(
        "TypeError: Expected state_dict to be dict-like, got <class '{}'>.\n",
        Escaped(answer.no_dict));
  }
  std::string text;
  AppendKeys(text, "Missing", answer.missing);
  AppendKeys(text, "Unexpected", answer.unexpected);
  for (const auto& misfit : answer.misfits) {
    AppendMisfit(text, judgement, misfit);
  }
  if (text.empty()) return text;
  return fmt::format("RuntimeError: Error(s) in loading state_dict for {}:{}\n",
                     Escaped(judgement.manifest), text);
}

}  // namespace

std::string TorchText(const Judgement& judgement) {
  const LoadAnswer& answer = *judgement.torch;
  if (!answer.raises()) return "<All keys matched successfully>\n";
  std::string text = Exception(judgement);
  for (const LoadAnswer::Obstacle& obstacle : answer.obstacles) {
    text += fmt::format("# \"{}\": {}\n", Escaped(obstacle.name),
                        Escaped(obstacle.why));
  }
  return text;
}

}  // namespace ptscope::render
