// What a server or a version control system left in place of the file.
#ifndef PTSCOPE_FORMAT_SERVER_TEXT_H_
#define PTSCOPE_FORMAT_SERVER_TEXT_H_

#include <optional>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// Pointers to a file that is elsewhere, as they are checked out without it.
std::optional<Error> ProbeGitLfs(const Input& in);
std::optional<Error> ProbeGitAnnex(const Input& in);
std::optional<Error> ProbeDvc(const Input& in);

// A web page, with its title.
std::optional<Error> ProbeHtml(const Input& in);

// The error of a cloud storage, with its code and message. Other XML is only
// named.
std::optional<Error> ProbeXml(const Input& in);

// The errors of web services, as JSON and as a line of text. Other JSON and
// text is not named here.
std::optional<Error> ProbeJsonError(const Input& in);
std::optional<Error> ProbeTextError(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SERVER_TEXT_H_
