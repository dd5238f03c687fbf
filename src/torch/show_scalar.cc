#include "torch/show_scalar.h"

#include <fmt/format.h>

#include <cmath>

#include "base/base64.h"
#include "torch/keys.h"

namespace ptscope::torch {

namespace {

template <typename Float>
void ShowFloat(Float value, ValueVisitor& to) {
  if (std::isnan(value)) return to.String("NaN");
  if (std::isinf(value)) return to.String(value < 0 ? "-Infinity" : "Infinity");
  std::string digits;
  AppendFloat(digits, value);
  to.Number(digits);
}

}  // namespace

void ShowNumber(double value, ValueVisitor& to) { ShowFloat(value, to); }

void ShowNumber(float value, ValueVisitor& to) { ShowFloat(value, to); }

void ShowBytes(std::string_view bytes, uint64_t count, ValueVisitor& to) {
  to.BeginObject(ValueVisitor::Lines::kOne);
  to.Key("bytes");
  to.Number(fmt::format("{}", count));
  if (count <= kMostShownBytes) {
    to.Key("base64");
    to.String(EncodeBase64(bytes));
  }
  to.EndObject();
}

}  // namespace ptscope::torch
