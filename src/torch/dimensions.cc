#include "torch/dimensions.h"

#include <fmt/format.h>

namespace ptscope::torch {

using pickle::Kind;
using pickle::Ref;

// torch.Size((…)) is the tuple in it.
Ref Dimensions::TupleOf(Ref size) const {
  if (!values_.Is(size, Kind::kObject)) return size;
  if (globals_.MeaningOf(values_.CallableOf(size)) != Meaning::kSize) {
    return size;
  }
  const auto args = values_.ItemsOf(values_.ArgsOf(size));
  return args.size() == 1 ? args[0] : size;
}

Result<std::span<const int64_t>> Dimensions::Read(Ref ref, const char* noun) {
  const auto none = [noun] {
    return Error{
        .code = ErrorCode::kDamaged,
        .message = fmt::format("its {} is no tuple of integers", noun)};
  };
  ref = TupleOf(ref);
  for (const Seen& seen : seen_) {
    if (seen.ref == ref && ref.is_node()) return seen.dims;
  }
  if (!values_.Is(ref, Kind::kTuple) && !values_.Is(ref, Kind::kList)) {
    return none();
  }
  const bool tuple = values_.Is(ref, Kind::kTuple);
  const uint64_t count =
      tuple ? values_.ItemsOf(ref).size() : values_.CountOf(ref);
  if (count > limits_.dimensions) {
    return Error{.code = ErrorCode::kLimit,
                 .message =
                     "it has more dimensions than the limit "
                     "`dimensions`",
                 .found = fmt::format("{}", count),
                 .expected = fmt::format("at most {}", limits_.dimensions)};
  }
  auto* dims = arena_.Allocate<int64_t>(count);
  size_t n = 0;
  bool ok = true;
  const auto read = [&](std::span<const Ref> run) {
    for (const Ref member : run) {
      ok = ok && values_.Is(member, Kind::kInt);
      dims[n++] = ok ? values_.IntOf(member) : 0;
    }
  };
  if (tuple) {
    read(values_.ItemsOf(ref));
  } else {
    values_.ForEachRun(ref, read);
  }
  if (!ok) return none();
  const std::span<const int64_t> read_dims(dims, n);
  seen_[1] = seen_[0];
  seen_[0] = {ref, read_dims};
  return read_dims;
}

}  // namespace ptscope::torch
