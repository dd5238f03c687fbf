#include "torch/keys.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

std::string Repr(double value) {
  std::string text;
  AppendFloat(text, value);
  return text;
}

TEST(AppendFloat, PrintsAsPythonDoes) {
  EXPECT_EQ(Repr(0), "0.0");
  EXPECT_EQ(Repr(-0.0), "-0.0");
  EXPECT_EQ(Repr(1), "1.0");
  EXPECT_EQ(Repr(0.1), "0.1");
  EXPECT_EQ(Repr(-1.5), "-1.5");
  EXPECT_EQ(Repr(123456789.123), "123456789.123");
  EXPECT_EQ(Repr(0.0001), "0.0001");
  EXPECT_EQ(Repr(0.00001), "1e-05");
  EXPECT_EQ(Repr(9007199254740992), "9007199254740992.0");
  EXPECT_EQ(Repr(1e16), "1e+16");
  EXPECT_EQ(Repr(1.5e300), "1.5e+300");
  EXPECT_EQ(Repr(5e-324), "5e-324");
  EXPECT_EQ(Repr(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(Repr(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(Repr(std::numeric_limits<double>::quiet_NaN()), "nan");
}

template <typename Do>
std::string Of(const Piece& value, Do describe) {
  const std::string bytes = value + ".";
  pickle::Values values;
  const auto program = pickle::Run(AsBytes(bytes), "", {}, values);
  if (!program) return program.error().Text();
  Globals globals(values);
  return std::string(describe(program->root, values, globals));
}

std::string Type(const Piece& value) {
  return Of(value, [](auto ref, auto& values, auto& globals) {
    return TypeName(ref, values, globals);
  });
}
std::string Short(const Piece& value) {
  return Of(value, [](auto ref, auto& values, auto& globals) {
    return ShortValue(ref, values, globals);
  });
}

TEST(TypeName, IsPythonsWord) {
  EXPECT_EQ(Type(None()), "None");
  EXPECT_EQ(Type(True()), "bool");
  EXPECT_EQ(Type(Int(1)), "int");
  EXPECT_EQ(Type(PickleBuilder().Long1(std::string(9, '\x01')).bytes()), "int");
  EXPECT_EQ(Type(PickleBuilder().BinFloat(1).bytes()), "float");
  EXPECT_EQ(Type(Str("")), "str");
  EXPECT_EQ(Type(PickleBuilder().ShortBinString("").bytes()), "str");
  EXPECT_EQ(Type(PickleBuilder().ShortBinBytes("").bytes()), "bytes");
  EXPECT_EQ(Type(PickleBuilder().ByteArray8("").bytes()), "bytearray");
  EXPECT_EQ(Type(Tuple({})), "tuple");
  EXPECT_EQ(Type(MakeList({})), "list");
  EXPECT_EQ(Type(Dict({})), "dict");
  EXPECT_EQ(Type(OrderedDict()), "dict");
  EXPECT_EQ(Type(Call(Global("collections", "deque"), {})), "list");
  EXPECT_EQ(Type(Call(Global("__builtin__", "set"), {})), "set");
  EXPECT_EQ(Type(Global("m", "C")), "type");
  EXPECT_EQ(Type(StorageId("0", 4)), "torch.storage");
  EXPECT_EQ(Type(New(Global("m", "C"))), "m.C");
  EXPECT_EQ(
      Type(Call(Global("copyreg", "_reconstructor"),
                {Global("m", "C"), Global("builtins", "object"), None()})),
      "m.C");
  EXPECT_EQ(Type(Call(Global("numpy._core.multiarray", "_reconstruct"), {})),
            "numpy.ndarray");
}

TEST(ShortValue, IsEmptyForWhatIsNotShort) {
  EXPECT_EQ(Short(Int(-3)), "-3");
  EXPECT_EQ(Short(Str("a")), "a");
  EXPECT_EQ(Short(Str(std::string(60, 'a'))), std::string(60, 'a'));
  EXPECT_EQ(Short(Str(std::string(61, 'a'))), "");
  EXPECT_EQ(Short(Global("torch", "float32")), "torch.float32");
  EXPECT_EQ(Short(Dict({})), "");
  EXPECT_EQ(Short(PickleBuilder().ShortBinBytes("a").bytes()), "");
}

}  // namespace
}  // namespace ptscope::torch
