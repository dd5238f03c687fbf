// Who wrote a file, in words.
#ifndef PTSCOPE_RENDER_ORIGIN_TEXT_H_
#define PTSCOPE_RENDER_ORIGIN_TEXT_H_

#include <string>

#include "ptscope/checkpoint.h"

namespace ptscope::render {

// "torch 2.7 or newer (record .format_version)". Of a writer that is known.
std::string WriterText(const Writer& writer);

// "PyTorch Lightning 2.6.6", escaped.
std::string FrameworkText(const Framework& framework);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_ORIGIN_TEXT_H_
