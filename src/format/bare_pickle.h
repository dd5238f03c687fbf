// A pickle that is the whole file: pickle.dump of a state_dict, joblib.
// Storages are torch.save streams in bytes values. docs/formats/bare_pickle.md
// has more.
#ifndef PTSCOPE_FORMAT_BARE_PICKLE_H_
#define PTSCOPE_FORMAT_BARE_PICKLE_H_

#include "ptscope/open.h"

namespace ptscope::format {

// The file is a pickle and no other kind of file that begins like one. To be
// asked last.
Result<bool> IsBarePickle(const Source& source);

// Errors: as Open.
Result<Checkpoint> ReadBarePickle(const Source& source,
                                  const OpenOptions& options);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_BARE_PICKLE_H_
