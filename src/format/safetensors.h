// The format of the package safetensors: a header in JSON, then the values.
#ifndef PTSCOPE_FORMAT_SAFETENSORS_H_
#define PTSCOPE_FORMAT_SAFETENSORS_H_

#include "ptscope/checkpoint.h"
#include "ptscope/open.h"
#include "ptscope/result.h"
#include "ptscope/source.h"

namespace ptscope::format {

// Whether the file begins with the length of a header, and the header with a
// brace; a length beyond what the format allows counts where the header goes
// on as one does.
Result<bool> IsSafetensors(const Source& source);

// The values must fill the rest of the file without a gap, as the format
// demands. Of a file that ends within them the listing stands, and the tensors
// that it cuts have a problem; everything else is kDamaged.
Result<Checkpoint> ReadSafetensors(const Source& source,
                                   const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_SAFETENSORS_H_
