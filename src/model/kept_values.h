// KeptValues: what a file holds beside its tensors, kept by its checkpoint
// (OpenOptions::keep_values) for who asks for it.
#ifndef PTSCOPE_MODEL_KEPT_VALUES_H_
#define PTSCOPE_MODEL_KEPT_VALUES_H_

#include <cstdint>
#include <string_view>

#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope {

// Takes one value of JSON's kinds, piece by piece. Texts are UTF-8 but for lone
// surrogates and what was no text to begin with.
class ValueVisitor {
 public:
  // How a container is best laid out.
  enum class Lines : uint8_t { kOne, kMany };

  virtual ~ValueVisitor() = default;

  virtual void BeginObject(Lines lines) = 0;
  virtual void EndObject() = 0;
  virtual void Key(std::string_view key) = 0;  // no key twice in an object
  virtual void BeginArray(Lines lines) = 0;
  virtual void EndArray() = 0;
  virtual void String(std::string_view text) = 0;
  virtual void Number(std::string_view json) = 0;  // as JSON writes it
  virtual void Bool(bool value) = 0;
  virtual void Null() = 0;

  // It takes no more: what follows may be left out.
  virtual bool IsFull() const = 0;
};

class KeptValues {
 public:
  virtual ~KeptValues() = default;

  // Shows the value at `path`, steps joined with dots; empty: all there is.
  // Twice the same path is twice the same calls. Errors: kUsage if nothing is
  // there, kLimit, and what is wrong with a tensor.
  virtual Status Show(std::string_view path, const Limits& limits,
                      ValueVisitor& to) const = 0;
};

}  // namespace ptscope

#endif  // PTSCOPE_MODEL_KEPT_VALUES_H_
