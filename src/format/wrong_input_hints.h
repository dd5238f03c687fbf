// Next steps that several kinds of wrong input share.
#ifndef PTSCOPE_FORMAT_WRONG_INPUT_HINTS_H_
#define PTSCOPE_FORMAT_WRONG_INPUT_HINTS_H_

#include <string_view>

namespace ptscope::format {

inline constexpr std::string_view kCheckPath =
    "check the path and the download";
inline constexpr std::string_view kCopyAgain = "copy or download it again";
inline constexpr std::string_view kNameOrigin =
    "name the checkpoint it was made from";
inline constexpr std::string_view kListHdf5 = "list it with `h5ls -r`";

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_INPUT_HINTS_H_
