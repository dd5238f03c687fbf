// The whole of a text file: a manifest, a list of names, a configuration.
#ifndef PTSCOPE_MANIFEST_READ_TEXT_H_
#define PTSCOPE_MANIFEST_READ_TEXT_H_

#include <string>
#include <string_view>

#include "ptscope/limits.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::manifest {

// `what` names it in errors: "the manifest". Errors: kLimit for more than
// limits.reference bytes, kIo.
Result<std::string> ReadText(const Source& source, std::string_view what,
                             const Limits& limits);

}  // namespace ptscope::manifest

#endif  // PTSCOPE_MANIFEST_READ_TEXT_H_
