// Values that are bytes, in all the ways in which pickles write them.
#ifndef PTSCOPE_TORCH_BYTE_VALUES_H_
#define PTSCOPE_TORCH_BYTE_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "pickle/values.h"
#include "torch/globals.h"
#include "torch/known_classes.h"

namespace ptscope::torch {

// bytes and bytearray of protocols 3 and 5; _codecs.encode(text, "latin1"),
// bytes() and bytearray(…) of protocol 2; the str of Python 2.
class ByteValues {
 public:
  ByteValues(const pickle::Values& values, Globals& globals,
             KnownClasses& known)
      : values_(values), globals_(globals), known_(known) {}

  // How many; nullopt if it is no bytes.
  std::optional<uint64_t> CountOf(pickle::Ref ref);

  // The first of them, `most` at most; of what CountOf has counted.
  std::string Read(pickle::Ref ref, size_t most);

  // A str of Python 2 that is text.
  bool IsText(pickle::Ref py2_str);

 private:
  // What holds the bytes, and how.
  struct Holder {
    pickle::Ref text = pickle::Ref::kAbsent;
    bool latin1 = false;  // each code point is a byte
    bool empty = false;   // there is nothing to hold
  };
  std::optional<Holder> HolderOf(pickle::Ref ref);
  std::optional<uint64_t> CountLatin1(pickle::Ref text);

  const pickle::Values& values_;
  Globals& globals_;
  KnownClasses& known_;
  // Of long texts, which may have very many names, by node.
  std::unordered_map<uint32_t, std::optional<uint64_t>> counts_;
};

}  // namespace ptscope::torch

#endif  // PTSCOPE_TORCH_BYTE_VALUES_H_
