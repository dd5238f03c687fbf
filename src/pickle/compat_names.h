// What protocol 0 to 2 call by its Python 2 name.
#ifndef PTSCOPE_PICKLE_COMPAT_NAMES_H_
#define PTSCOPE_PICKLE_COMPAT_NAMES_H_

#include "pickle/values.h"

namespace ptscope::pickle {

// The name in Python 3: `__builtin__ set` is `builtins set`. Any other name is
// itself. Source: CPython's Lib/_compat_pickle.py.
Global Canonical(const Global& global);

}  // namespace ptscope::pickle

#endif  // PTSCOPE_PICKLE_COMPAT_NAMES_H_
