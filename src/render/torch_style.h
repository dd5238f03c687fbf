// The words of torch: what load_state_dict() would print.
#ifndef PTSCOPE_RENDER_TORCH_STYLE_H_
#define PTSCOPE_RENDER_TORCH_STYLE_H_

#include <string>

#include "render/report.h"

namespace ptscope::render {

// The exception as Python prints it, or what the interactive prompt shows where
// there is none; then `# ` lines with what keeps torch from coming so far.
// `judgement.torch` is set, and `judgement.manifest` the model's class.
std::string TorchText(const Judgement& judgement);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_TORCH_STYLE_H_
