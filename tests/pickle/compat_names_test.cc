#include "pickle/compat_names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ptscope::pickle {
namespace {

std::string Renamed(std::string_view module, std::string_view name) {
  const Global g = Canonical({module, name});
  return std::string(g.module) + " " + std::string(g.name);
}

TEST(Canonical, RenamesNamesOfPython2) {
  EXPECT_EQ(Renamed("__builtin__", "long"), "builtins int");
  EXPECT_EQ(Renamed("__builtin__", "unicode"), "builtins str");
  EXPECT_EQ(Renamed("__builtin__", "reduce"), "functools reduce");
  EXPECT_EQ(Renamed("itertools", "izip"), "builtins zip");
}

TEST(Canonical, RenamesModulesOfPython2) {
  EXPECT_EQ(Renamed("__builtin__", "set"), "builtins set");
  EXPECT_EQ(Renamed("copy_reg", "_reconstructor"), "copyreg _reconstructor");
  EXPECT_EQ(Renamed("cPickle", "loads"), "pickle loads");
  EXPECT_EQ(Renamed("exceptions", "ValueError"), "builtins ValueError");
}

TEST(Canonical, PrefersANameToItsModule) {
  EXPECT_EQ(Renamed("UserDict", "IterableUserDict"), "collections UserDict");
}

TEST(Canonical, LeavesOtherNamesAlone) {
  EXPECT_EQ(Renamed("torch", "FloatStorage"), "torch FloatStorage");
  EXPECT_EQ(Renamed("itertools", "chain"), "itertools chain");
  EXPECT_EQ(Renamed("", ""), " ");
}

}  // namespace
}  // namespace ptscope::pickle
