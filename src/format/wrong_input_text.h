// The head of a file as text: whether it is some, its lines, its JSON.
#ifndef PTSCOPE_FORMAT_WRONG_INPUT_TEXT_H_
#define PTSCOPE_FORMAT_WRONG_INPUT_TEXT_H_

#include <string>
#include <string_view>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// UTF-8 without control characters but white space and form feed; the head may
// cut the last character.
bool IsText(const Input& in);
bool IsBinary(const Input& in);  // the opposite

// What follows a byte order mark and white space.
std::string_view TextOf(const Input& in);

// Space, tab, CR and LF are white space.
std::string_view TrimLeft(std::string_view s);
std::string_view Trim(std::string_view s);

// The next line, without its LF or CR LF; moves `s` past it.
std::string_view TakeLine(std::string_view& s);

// In quotes; more than 200 bytes are cut before a character that does not fit.
// Empty stays empty.
std::string Quote(std::string_view s);

// What follows the colon after the first key of that name, at any depth; empty
// if there is none. A search, not a parse: `s` may be the start of a document.
std::string_view JsonValue(std::string_view s, std::string_view key);

// A JSON object whose `schema` is that of a reference manifest.
bool IsManifest(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_INPUT_TEXT_H_
