#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/name_index.h"
#include "ptscope/inventory.h"
#include "ptscope/reference.h"
#include "ptscope/roots.h"

namespace ptscope {

namespace {

constexpr const char* kNarrowHint =
    "--root, --match and --exclude narrow down what is taken of it";
constexpr const char* kMemberHint =
    "--member, --root, --match and --exclude narrow down what is taken of it";

std::string_view NarrowHint(const Checkpoint& checkpoint) {
  return HasMembers(checkpoint) ? kMemberHint : kNarrowHint;
}

// A name twice, or a tensor without its bytes: of such a file nobody can say
// what was meant to be in it.
Status CheckSound(const Checkpoint& checkpoint, const RootChoice& choice) {
  NameIndex index(choice.names.size());
  const auto name_of = [&](uint32_t i) { return choice.names[i]; };
  for (uint32_t i = 0; i < choice.names.size(); ++i) {
    const std::string_view name = choice.names[i];
    if (index.Insert(name, i, name_of) != i) {
      return Error{.code = ErrorCode::kManifest,
                   .message = fmt::format("cannot serve as a reference: two "
                                          "tensors are named \"{}\"",
                                          name),
                   .hint = std::string(NarrowHint(checkpoint))};
    }
    const std::string_view problem =
        checkpoint.ProblemOf(checkpoint.tensors[choice.tensors[i]]);
    if (problem.empty()) continue;
    return Error{.code = ErrorCode::kManifest,
                 .message = fmt::format("cannot serve as a reference: the "
                                        "bytes of \"{}\" are not in the file: "
                                        "{}",
                                        name, problem),
                 .hint = std::string(NarrowHint(checkpoint))};
  }
  return {};
}

}  // namespace

Result<Reference> ReferenceFromCheckpoint(Checkpoint checkpoint,
                                          const ReferenceOptions& options) {
  PTSCOPE_TRY(RootChoice choice, ChooseRoot(checkpoint, options.root));
  choice.Keep(options.filter);
  if (choice.names.empty() && !options.take_empty) {
    return Error{.code = ErrorCode::kManifest,
                 .message = options.filter.empty()
                                ? "the reference has no tensor"
                                : "--match and --exclude leave no tensor of "
                                  "the reference"};
  }
  Reference reference;
  if (const Status sound = CheckSound(checkpoint, choice); !sound) {
    if (!options.take_damaged) return sound.error();
    reference.unique = false;
  }
  static_cast<TensorList&>(reference) = ListTensors(checkpoint, choice);
  for (NamedTensor& tensor : reference.tensors) {
    // What a manifest has no word for is left open.
    if (tensor.dtype == &PatternOf(Dtype::kUnknown) ||
        tensor.dtype == &PatternOf(Dtype::kUntyped)) {
      tensor.dtype = nullptr;
    }
  }
  reference.root = static_cast<const RootSummary&>(choice);
  reference.tied = TakeInventory(checkpoint, choice.tensors).tied;
  reference.checkpoint = std::make_unique<Checkpoint>(std::move(checkpoint));
  return reference;
}

}  // namespace ptscope
