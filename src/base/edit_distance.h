// The word that was probably meant.
#ifndef PTSCOPE_BASE_EDIT_DISTANCE_H_
#define PTSCOPE_BASE_EDIT_DISTANCE_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace ptscope {

// Bytes inserted, deleted or replaced on the way from one to the other.
// Time: product of the lengths.
size_t EditDistance(std::string_view a, std::string_view b);

// The nearest of `words`, the first of several; empty if none is near: at most
// a third of the word's bytes differ, and one always may. Words of more than 64
// bytes are near to nothing.
std::string_view NearestWord(std::string_view word,
                             std::span<const std::string_view> words);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_EDIT_DISTANCE_H_
