// Where a byte stands in a text file.
#ifndef PTSCOPE_BASE_TEXT_PLACE_H_
#define PTSCOPE_BASE_TEXT_PLACE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace ptscope {

// "LINE:COLUMN", both from 1, of text[offset]; offset <= text.size(). Lines
// end in LF. Columns count code points, a byte that is not UTF-8 as one.
std::string PlaceOf(std::string_view text, uint64_t offset);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_TEXT_PLACE_H_
