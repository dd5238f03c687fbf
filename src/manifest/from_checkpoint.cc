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

// The tensors that the filter keeps.
void Narrow(RootChoice& choice, const NameFilter& filter) {
  if (filter.empty()) return;
  size_t kept = 0;
  for (size_t i = 0; i < choice.names.size(); ++i) {
    if (!filter.Keeps(choice.names[i])) continue;
    choice.names[kept] = choice.names[i];
    choice.tensors[kept] = choice.tensors[i];
    ++kept;
  }
  choice.names.resize(kept);
  choice.tensors.resize(kept);
}

constexpr const char* kNarrowHint =
    "--root, --match and --exclude narrow down what is taken of it";

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
                   .hint = kNarrowHint};
    }
    const std::string_view problem =
        checkpoint.ProblemOf(checkpoint.tensors[choice.tensors[i]]);
    if (problem.empty()) continue;
    return Error{.code = ErrorCode::kManifest,
                 .message = fmt::format("cannot serve as a reference: the "
                                        "bytes of \"{}\" are not in the file: "
                                        "{}",
                                        name, problem),
                 .hint = kNarrowHint};
  }
  return {};
}

}  // namespace

Result<Reference> ReferenceFromCheckpoint(Checkpoint checkpoint,
                                          const ReferenceOptions& options) {
  PTSCOPE_TRY(RootChoice choice, ChooseRoot(checkpoint, options.root));
  Narrow(choice, options.filter);
  if (choice.names.empty()) {
    return Error{.code = ErrorCode::kManifest,
                 .message = options.filter.empty()
                                ? "the reference has no tensor"
                                : "--match and --exclude leave no tensor of "
                                  "the reference"};
  }
  PTSCOPE_CHECK(CheckSound(checkpoint, choice));
  Reference reference;
  reference.kind = Reference::Kind::kCheckpoint;
  reference.root = options.root;
  reference.tensors.reserve(choice.names.size());
  for (size_t i = 0; i < choice.names.size(); ++i) {
    const Tensor& t = checkpoint.tensors[choice.tensors[i]];
    ReferenceTensor& to = reference.tensors.emplace_back();
    to.name = choice.names[i];
    // What a manifest has no word for is left open.
    if (t.dtype != Dtype::kUnknown && t.dtype != Dtype::kUntyped) {
      to.dtype = t.dtype;
    }
    to.shape = t.shape;
  }
  reference.tied = TakeInventory(checkpoint, choice.tensors).tied;
  reference.checkpoint = std::make_unique<Checkpoint>(std::move(checkpoint));
  return reference;
}

}  // namespace ptscope
