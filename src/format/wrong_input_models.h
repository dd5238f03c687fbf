// Models of other frameworks that no magic number at the start names.
#ifndef PTSCOPE_FORMAT_WRONG_INPUT_MODELS_H_
#define PTSCOPE_FORMAT_WRONG_INPUT_MODELS_H_

#include <optional>

#include "format/wrong_input_probe.h"

namespace ptscope::format {

// All are kNotCheckpoint. Torch7 needs the name besides, as its first bytes
// say little.
std::optional<Error> ProbeTorch7(const Input& in);
std::optional<Error> ProbeOnnx(const Input& in);

// HDF5 behind a user block; reads a few bytes at a dozen places.
std::optional<Error> ProbeHdf5UserBlock(const Input& in);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_WRONG_INPUT_MODELS_H_
