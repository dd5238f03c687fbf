// Objects of Python's library that are one text: dates, paths, decimals.
#ifndef PTSCOPE_TORCH_PYTHON_TEXT_H_
#define PTSCOPE_TORCH_PYTHON_TEXT_H_

#include <optional>
#include <string>

#include "pickle/dict_items.h"
#include "pickle/values.h"
#include "torch/byte_values.h"
#include "torch/globals.h"
#include "torch/known_classes.h"

namespace ptscope::torch {

class PythonText {
 public:
  PythonText(const pickle::Values& values, Globals& globals,
             KnownClasses& known, ByteValues& bytes)
      : values_(values),
        globals_(globals),
        known_(known),
        bytes_(bytes),
        dicts_(values) {}

  // Of a kObject, as docs/values.md has it: ISO 8601 of what the datetime
  // module has, a path, a number in digits, the name of a device. nullopt: it
  // is something else, or was not made as the class itself would have it.
  std::optional<std::string> Of(pickle::Ref object);

 private:
  using Args = std::span<const pickle::Ref>;

  std::optional<std::string> Date(Args args);
  std::optional<std::string> DateTime(Args args);
  std::optional<std::string> Time(Args args);
  std::optional<std::string> TimeDelta(Args args);
  std::optional<std::string> Offset(pickle::Ref zone);
  std::optional<std::string> Path(Args args, char separator);
  std::optional<std::string> Fraction(Args args);
  std::optional<std::string> Uuid(pickle::Ref object);
  std::optional<std::string> Device(Args args);
  std::optional<std::string> Layout(Args args);
  std::optional<int64_t> Microseconds(Args args);
  std::optional<std::string> Text(Args args, size_t i) const;

  const pickle::Values& values_;
  Globals& globals_;
  KnownClasses& known_;
  ByteValues& bytes_;
  pickle::DictReader dicts_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_PYTHON_TEXT_H_
