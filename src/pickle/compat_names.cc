#include "pickle/compat_names.h"

namespace ptscope::pickle {

namespace {

struct Rename {
  std::string_view module;
  std::string_view name;  // empty: the whole module
  std::string_view new_module;
  std::string_view new_name;
};

// Names first: they win over their module's row.
constexpr Rename kRenames[] = {
    {"__builtin__", "long", "builtins", "int"},
    {"__builtin__", "unicode", "builtins", "str"},
    {"__builtin__", "basestring", "builtins", "str"},
    {"__builtin__", "xrange", "builtins", "range"},
    {"__builtin__", "unichr", "builtins", "chr"},
    {"__builtin__", "intern", "sys", "intern"},
    {"__builtin__", "reduce", "functools", "reduce"},
    {"itertools", "izip", "builtins", "zip"},
    {"itertools", "imap", "builtins", "map"},
    {"itertools", "ifilter", "builtins", "filter"},
    {"UserDict", "IterableUserDict", "collections", "UserDict"},
    {"__builtin__", "", "builtins", ""},
    {"exceptions", "", "builtins", ""},
    {"copy_reg", "", "copyreg", ""},
    {"cPickle", "", "pickle", ""},
    {"commands", "", "subprocess", ""},
    {"urllib2", "", "urllib.request", ""},
    {"httplib", "", "http.client", ""},
    {"thread", "", "_thread", ""},
    {"Queue", "", "queue", ""},
    {"StringIO", "", "io", ""},
    {"cStringIO", "", "io", ""},
    {"UserDict", "", "collections", ""},
    {"UserList", "", "collections", ""},
    {"UserString", "", "collections", ""},
};

}  // namespace

Global Canonical(const Global& global) {
  for (const Rename& r : kRenames) {
    if (global.module != r.module) continue;
    if (!r.name.empty() && global.name != r.name) continue;
    return {r.new_module, r.name.empty() ? global.name : r.new_name};
  }
  return global;
}

}  // namespace ptscope::pickle
