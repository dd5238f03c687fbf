// Roots: which part of a checkpoint a question is about.
#ifndef PTSCOPE_ROOTS_H_
#define PTSCOPE_ROOTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/name_filter.h"
#include "ptscope/result.h"

namespace ptscope {

struct RootSummary {
  std::string root;        // steps joined with dots; empty: the root itself
  bool automatic = false;  // nobody named it
  uint64_t outside = 0;    // tensors that are not below it
};

// The tensors below a root and their names from there, in file order. Lives no
// longer than its checkpoint.
struct RootChoice : RootSummary {
  std::vector<uint32_t> tensors;        // indices into Checkpoint::tensors
  std::vector<std::string_view> names;  // of those, without the root's steps
  std::vector<uint32_t> extras;         // the same of Checkpoint::extras
  std::vector<std::string_view> extra_names;

  // Leaves out what the filter does not keep.
  void Keep(const NameFilter& filter);
};

// Takes the tensors whose first steps, joined with dots, are `path`: whole
// steps, so that "model" does not take "model_ema.w". A tensor that is `path`
// itself gets the empty name; an empty `path` is the root itself.
//
// Without a path: the root itself if it is a tensor, a list or a module; else
// the first of kUsualRoots that is a dict, a list or a module with at least as
// many tensors below it as hang directly on the root; else the root itself.
//
// Error: kUsage if nothing is at `path`; it names the roots that are there.
Result<RootChoice> ChooseRoot(const Checkpoint& checkpoint,
                              std::optional<std::string_view> path);

// The keys under which training scripts put a state_dict.
inline constexpr std::string_view kUsualRoots[] = {
    "state_dict", "model_state_dict", "model",  "module", "net",
    "ema",        "params",           "weights"};

}  // namespace ptscope

#endif  // PTSCOPE_ROOTS_H_
