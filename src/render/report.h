// What the program shows of one file, before anybody decides how.
#ifndef PTSCOPE_RENDER_REPORT_H_
#define PTSCOPE_RENDER_REPORT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/checkpoint.h"
#include "ptscope/compare.h"
#include "ptscope/evidence.h"
#include "ptscope/inventory.h"
#include "ptscope/module_tree.h"
#include "ptscope/reference.h"
#include "ptscope/result.h"
#include "ptscope/roots.h"
#include "ptscope/torch_style.h"

namespace ptscope::render {

// All views and references live until the renderer's call returns.

// `ls`.
struct Listing {
  struct Row {
    const Tensor* tensor;
    std::string_view name;  // from the root that was asked for
  };
  std::string_view file;  // as given
  const Checkpoint& checkpoint;
  std::span<const Row> rows;
  std::string_view root;  // that was asked for; rows do not repeat its steps
};

// `tree`.
struct Tree {
  std::string_view file;
  std::span<const Module> modules;
};

// `info`.
struct Description {
  std::string_view file;
  const Checkpoint& checkpoint;
  const RootChoice& automatic;  // what --root auto takes
  const RootChoice& shown;      // what the numbers are of
  const Inventory& inventory;
  const EvidenceReport& evidence;  // of the whole file
};

// `check` and `diff`.
struct Judgement {
  std::string_view file;      // the side that is `actual`
  std::string_view manifest;  // the reference's name, or how it was given
  const Reference& reference;
  const TensorList& actual;
  const RootSummary* root;  // of the file; null where it is a list of tensors
  const Comparison& comparison;
  const VersionChoice* versions = nullptr;  // where one was chosen of several
  // `--style torch`: shown instead, with `manifest` for the model's class.
  const LoadAnswer* torch = nullptr;
  const EvidenceReport* evidence = nullptr;  // `--evidence`
};

// `check` without a reference.
struct EvidenceShown {
  std::string_view file;
  const EvidenceReport& report;
};

// A file that could not be answered.
struct Failure {
  std::string_view file;
  const Error& error;
};

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_REPORT_H_
