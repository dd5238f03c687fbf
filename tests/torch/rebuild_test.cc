#include "torch/rebuild.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/torch_pickle.h"

namespace ptscope::torch {
namespace {

using namespace test;  // the pieces of a pickle

Piece Type(std::string_view name) { return Global("torch", name); }
Piece LayoutOf(std::string_view name) {
  return Call(Global("torch.serialization", "_get_layout"), {Str(name)});
}
Piece Array(const std::vector<int64_t>& shape) {
  return WithState(Call(Global("numpy.core.multiarray", "_reconstruct"),
                        {Global("numpy", "ndarray"), Ints({0}), Str("b")}),
                   Tuple({Int(1), Ints(shape), None(), False(), Str("")}));
}
Piece ParameterOf(const Piece& tensor, bool grad = true) {
  return Call(Utils("_rebuild_parameter"),
              {tensor, grad ? True() : False(), OrderedDict()});
}
Piece Long1() { return RebuildV2(StorageId("1", 2, "LongStorage"), {2}, {1}); }

struct Row {
  const char* what;
  Piece tensor;
  std::string_view line;  // of a tensor whose name is empty
};

// ------------------------------------------------- each function, as it should

TEST(TensorReader, ReadsEachRebuildFunction) {
  const Row kRows[] = {
      {"_rebuild_tensor",
       Call(Utils("_rebuild_tensor"),
            {StorageId("0", 4), Int(1), Ints({3}), Ints({1})}),
       " float32 [3] [1] @1 storage 0 grad?"},
      {"_rebuild_tensor_v2",
       RebuildV2(StorageId("0", 4), {2, 2}, {2, 1}, 0, true),
       " float32 [2,2] [2,1] @0 storage 0 grad"},
      {"_rebuild_tensor_v2 with metadata",
       Call(Utils("_rebuild_tensor_v2"),
            {StorageId("0", 4), Int(0), Ints({4}), Ints({1}), False(),
             OrderedDict(), Dict({{Str("conj"), True()}})}),
       " float32 [4] [1] @0 storage 0"},
      {"a scalar", RebuildV2(StorageId("0", 4), {}, {}),
       " float32 [] [] @0 storage 0"},
      {"_rebuild_tensor_v3",
       Call(Utils("_rebuild_tensor_v3"),
            {StorageId("0", 16, "UntypedStorage"), Int(0), Ints({8}), Ints({1}),
             False(), OrderedDict(), Type("uint16")}),
       " uint16 [8] [1] @0 storage 0"},
      {"an untyped storage is of bytes",
       RebuildV2(StorageId("0", 16, "UntypedStorage"), {16}, {1}),
       " uint8 [16] [1] @0 storage 0"},
      {"_rebuild_parameter", ParameterOf(Small()),
       " float32 [4] [1] @0 storage 0 parameter grad"},
      {"_rebuild_parameter, frozen", ParameterOf(Small(), false),
       " float32 [4] [1] @0 storage 0 parameter"},
      {"_rebuild_parameter_with_state",
       Call(Utils("_rebuild_parameter_with_state"),
            {Small(), True(), OrderedDict(), Dict({{Str("tag"), Int(1)}})}),
       " float32 [4] [1] @0 storage 0 parameter grad"},
      {"_rebuild_qtensor, per tensor",
       Call(Utils("_rebuild_qtensor"),
            {StorageId("0", 16, "QUInt8Storage"), Int(0), Ints({16}), Ints({1}),
             Tuple({Type("per_tensor_affine"),
                    PickleBuilder().BinFloat(0.5).bytes(), Int(3)}),
             False(), OrderedDict()}),
       " quint8 [16] [1] @0 storage 0 quantizer per_tensor_affine 0.500000 3"},
      {"_rebuild_qtensor, per channel",
       Call(Utils("_rebuild_qtensor"),
            {StorageId("0", 16, "QInt8Storage"), Int(0), Ints({16}), Ints({1}),
             Tuple({Type("per_channel_affine"), Small(), Long1(), Int(1)}),
             False(), OrderedDict()}),
       " qint8 [16] [1] @0 storage 0 quantizer per_channel_affine axis 1 "
       "(scales float32 [4] [1] @0 storage 0; "
       "zero_points int64 [2] [1] @0 storage 1)"},
      {"_rebuild_sparse_tensor, COO",
       Call(Utils("_rebuild_sparse_tensor"),
            {LayoutOf("torch.sparse_coo"),
             Tuple({Long1(), Small(), Ints({8, 8})})}),
       " float32 [8,8] sparse_coo grad? "
       "(indices int64 [2] [1] @0 storage 1; "
       "values float32 [4] [1] @0 storage 0)"},
      {"_rebuild_sparse_tensor, CSR",
       Call(Utils("_rebuild_sparse_tensor"),
            {LayoutOf("torch.sparse_csr"),
             Tuple({Long1(), Long1(), Small(), Ints({8, 8})})}),
       " float32 [8,8] sparse_csr grad? "
       "(crow_indices int64 [2] [1] @0 storage 1; "
       "col_indices int64 [2] [1] @0 storage 1; "
       "values float32 [4] [1] @0 storage 0)"},
      {"_rebuild_sparse_tensor, BSC",
       Call(Utils("_rebuild_sparse_tensor"),
            {LayoutOf("torch.sparse_bsc"),
             Tuple({Long1(), Long1(), Small(), Ints({8, 8})})}),
       " float32 [8,8] sparse_bsc grad? "
       "(ccol_indices int64 [2] [1] @0 storage 1; "
       "row_indices int64 [2] [1] @0 storage 1; "
       "values float32 [4] [1] @0 storage 0)"},
      {"_rebuild_sparse_tensor of the C++ pickler, COO",
       Call(Utils("_rebuild_sparse_tensor"),
            {Int(1), Ints({8, 8}), True(), Long1(), Small(), OrderedDict()}),
       " float32 [8,8] sparse_coo grad "
       "(indices int64 [2] [1] @0 storage 1; "
       "values float32 [4] [1] @0 storage 0)"},
      {"_rebuild_sparse_tensor of the C++ pickler, CSC",
       Call(Utils("_rebuild_sparse_tensor"),
            {Int(4), Ints({8, 8}), False(), Long1(), Long1(), Small(),
             OrderedDict()}),
       " float32 [8,8] sparse_csc "
       "(ccol_indices int64 [2] [1] @0 storage 1; "
       "row_indices int64 [2] [1] @0 storage 1; "
       "values float32 [4] [1] @0 storage 0)"},
      {"_rebuild_sparse_tensor of the C++ pickler, strided",
       Call(Utils("_rebuild_sparse_tensor"),
            {Int(0), Ints({8, 8}), False(), Long1(), Small(), OrderedDict()}),
       "data.pkl: tensor '': its sparse layout is not known: found 0"},
      {"_rebuild_sparse_tensor of the C++ pickler, of too few arguments",
       Call(Utils("_rebuild_sparse_tensor"),
            {Int(2), Ints({8, 8}), False(), Long1(), Small()}),
       "data.pkl: tensor '': its rebuild function has too few arguments: "
       "found 5, expected 6"},
      {"_rebuild_nested_tensor",
       Call(Utils("_rebuild_nested_tensor"),
            {Small(),
             RebuildV2(StorageId("1", 2, "LongStorage"), {2, 1}, {1, 1}),
             Long1(), Long1()}),
       " float32 [2,*] nested grad? "
       "(buffer float32 [4] [1] @0 storage 0; "
       "sizes int64 [2,1] [1,1] @0 storage 1; "
       "strides int64 [2] [1] @0 storage 1; "
       "storage_offsets int64 [2] [1] @0 storage 1)"},
      {"_rebuild_nested_tensor with offsets as a list",
       Call(Utils("_rebuild_nested_tensor"),
            {Small(), Long1(), Long1(), MakeList({Int(0)})}),
       " float32 [2] nested grad? "
       "(buffer float32 [4] [1] @0 storage 0; "
       "sizes int64 [2] [1] @0 storage 1; "
       "strides int64 [2] [1] @0 storage 1)"},
      {"_rebuild_njt",
       Call(Global("torch.nested._internal.nested_tensor", "_rebuild_njt"),
            {Dict({{Str("values"), Small()},
                   {Str("offsets"), Long1()},
                   {Str("requires_grad"), True()}})}),
       " float32 [1,*] jagged grad "
       "(values float32 [4] [1] @0 storage 0; "
       "offsets int64 [2] [1] @0 storage 1)"},
      {"_rebuild_meta_tensor_no_storage",
       Call(Utils("_rebuild_meta_tensor_no_storage"),
            {Type("bfloat16"), Ints({5, 6}), Ints({6, 1}), True()}),
       " bfloat16 [5,6] [6,1] grad device meta"},
      {"_rebuild_device_tensor_from_numpy",
       Call(Utils("_rebuild_device_tensor_from_numpy"),
            {Array({2, 3}), Type("float32"), Str("xla:0"), False()}),
       " float32 [2,3] [3,1] device xla:0"},
      {"_rebuild_device_tensor_from_cpu_tensor",
       Call(Utils("_rebuild_device_tensor_from_cpu_tensor"),
            {Small(), Type("float32"), Str("xpu:0"), True()}),
       " float32 [4] [1] @0 storage 0 grad"},
      {"_rebuild_wrapper_subclass",
       Call(Utils("_rebuild_wrapper_subclass"),
            {Global("m", "W"), Type("float16"), Ints({2}), Ints({1}), Int(0),
             LayoutOf("torch.strided"),
             Call(Type("device"), {Str("cuda"), Int(1)}), False()}),
       " float16 [2] [1] device cuda:1"},
      {"_rebuild_from_type_v2",
       Call(Global("torch._tensor", "_rebuild_from_type_v2"),
            {Utils("_rebuild_tensor_v2"), Global("m", "Sub"),
             Tuple({StorageId("0", 4), Int(0), Ints({4}), Ints({1}), False(),
                    OrderedDict()}),
             Dict({})}),
       " float32 [4] [1] @0 storage 0 class m.Sub"},
      {"_rebuild_from_type_v2 of a parameter",
       Call(Global("torch._tensor", "_rebuild_from_type_v2"),
            {Utils("_rebuild_tensor_v2"),
             Global("torch.nn.parameter", "Parameter"),
             Tuple({StorageId("0", 4), Int(0), Ints({4}), Ints({1}), True(),
                    OrderedDict()}),
             Dict({})}),
       " float32 [4] [1] @0 storage 0 parameter grad"},
      {"_rebuild_from_type_v2 of what its attributes call a parameter",
       Call(Global("torch._tensor", "_rebuild_from_type_v2"),
            {Utils("_rebuild_tensor_v2"), Global("m", "Sub"),
             Tuple({StorageId("0", 4), Int(0), Ints({4}), Ints({1}), True(),
                    OrderedDict()}),
             Dict({{Str("_is_param"), True()}})}),
       " float32 [4] [1] @0 storage 0 parameter grad class m.Sub"},
      {"Parameter(tensor, grad)",
       Call(Global("torch.nn.parameter", "Parameter"), {Small(), True()}),
       " float32 [4] [1] @0 storage 0 parameter grad"},
      {"Parameter with a state",
       WithState(New(Global("torch.nn.parameter", "Parameter")),
                 Tuple({Small(), None(), None(), True(), False()})),
       " float32 [4] [1] @0 storage 0 parameter grad"},
      {"FloatTensor with a state",
       WithState(New(Type("FloatTensor")),
                 Tuple({StorageId("0", 4), Int(0), Ints({4}), Ints({1})})),
       " float32 [4] [1] @0 storage 0 grad?"},
      {"sizes as torch.Size",
       Call(Utils("_rebuild_tensor_v2"),
            {StorageId("0", 4), Int(0), Call(Type("Size"), {Ints({2, 2})}),
             Ints({2, 1}), False(), OrderedDict()}),
       " float32 [2,2] [2,1] @0 storage 0"},
      {"ShardedTensor",
       WithState(
           New(Global("torch.distributed._shard.sharded_tensor.api",
                      "ShardedTensor")),
           Tuple({MakeList({}),
                  WithState(New(Global("m", "Metadata")),
                            Dict({{Str("size"), Ints({8, 2})},
                                  {Str("tensor_properties"),
                                   WithState(New(Global("m", "Properties")),
                                             Tuple({Type("float64")}))}}))})),
       " float64 [8,2] [2,1] class "
       "torch.distributed._shard.sharded_tensor.api.ShardedTensor "
       "global [8,2]"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(ListOf(row.tensor), row.line) << row.what;
  }
}

// --------------------------------------------------- malformed, in file order

TEST(TensorReader, NamesWhatIsWrongWithATensor) {
  const auto v2 = [](const Piece& storage, const Piece& offset,
                     const Piece& size, const Piece& stride) {
    return Call(Utils("_rebuild_tensor_v2"),
                {storage, offset, size, stride, False(), OrderedDict()});
  };
  const Piece four = StorageId("0", 4);
  const auto qtensor = [&](const Piece& quantizer) {
    return Call(Utils("_rebuild_qtensor"),
                {StorageId("0", 16, "QUInt8Storage"), Int(0), Ints({16}),
                 Ints({1}), quantizer, False(), OrderedDict()});
  };
  const auto sparse = [](const Piece& layout, const Piece& data) {
    return Call(Utils("_rebuild_sparse_tensor"), {layout, data});
  };
  const Piece coo = LayoutOf("torch.sparse_coo");
  const auto njt = [](const Piece& parts) {
    return Call(Global("torch.nested._internal.nested_tensor", "_rebuild_njt"),
                {parts});
  };
  const auto meta = [](const Piece& dtype, const Piece& size,
                       const Piece& stride) {
    return Call(Utils("_rebuild_meta_tensor_no_storage"),
                {dtype, size, stride, False()});
  };
  const Row kRows[] = {
      {"too few arguments, v2",
       Call(Utils("_rebuild_tensor_v2"), {four, Int(0), Ints({4})}),
       "its rebuild function has too few arguments: found 3, expected 6"},
      {"too few arguments, v1", Call(Utils("_rebuild_tensor"), {}),
       "its rebuild function has too few arguments: found 0, expected 4"},
      {"too few arguments, v3",
       Call(Utils("_rebuild_tensor_v3"),
            {four, Int(0), Ints({4}), Ints({1}), False(), OrderedDict()}),
       "its rebuild function has too few arguments: found 6, expected 7"},
      {"unknown dtype, v3",
       Call(Utils("_rebuild_tensor_v3"),
            {four, Int(0), Ints({4}), Ints({1}), False(), OrderedDict(),
             Type("float99")}),
       "its dtype is not known: found torch.float99"},
      {"no dtype, v3",
       Call(Utils("_rebuild_tensor_v3"),
            {four, Int(0), Ints({4}), Ints({1}), False(), OrderedDict(),
             Str("float32")}),
       "its dtype is no dtype"},
      {"from no tensor",
       Call(Utils("_rebuild_device_tensor_from_cpu_tensor"),
            {None(), Type("float32"), Str("xpu"), True()}),
       "it is made of no tensor"},
      {"negative offset", v2(four, Int(-1), Ints({4}), Ints({1})),
       "its storage offset is no number of elements: found -1, expected 0 or "
       "more"},
      {"offset of another type", v2(four, Str("0"), Ints({4}), Ints({1})),
       "its storage offset is no number of elements: expected 0 or more"},
      {"parameter of none",
       Call(Utils("_rebuild_parameter"), {None(), True(), OrderedDict()}),
       "it is a parameter of no tensor"},
      {"parameter with too few",
       Call(Utils("_rebuild_parameter"), {Small(), True()}),
       "its rebuild function has too few arguments: found 2, expected 3"},
      {"quantizer", qtensor(None()), "its quantizer is no tuple"},
      {"quantizer without scheme", qtensor(Tuple({Int(1), Int(2), Int(3)})),
       "its quantizer names no scheme"},
      {"short quantizer", qtensor(Tuple({Type("per_tensor_affine")})),
       "its quantizer names no scheme"},
      {"sparse layout", sparse(LayoutOf("torch.odd"), Tuple({})),
       "its sparse layout is not known"},
      {"strided sparse layout", sparse(LayoutOf("torch.strided"), Tuple({})),
       "its sparse layout is not known"},
      {"sparse layout as text", sparse(Str("torch.sparse_coo"), Tuple({})),
       "its sparse layout is not known"},
      {"sparse parts", sparse(coo, None()), "its sparse parts are no tuple"},
      {"few sparse parts", sparse(coo, Tuple({Long1(), Small()})),
       "its rebuild function has too few arguments: found 2, expected 3"},
      {"sparse part of none", sparse(coo, Tuple({None(), Small(), Ints({8})})),
       "its part indices is no tensor"},
      {"broken sparse part",
       sparse(coo, Tuple({Long1(), v2(four, Int(0), Ints({-1}), Ints({1})),
                          Ints({8})})),
       "its part values: dimension 0 of its size is negative: found -1"},
      {"nested part of none",
       Call(Utils("_rebuild_nested_tensor"),
            {Small(), None(), Long1(), Long1()}),
       "its part sizes is no tensor"},
      {"nested columns",
       Call(Utils("_rebuild_nested_tensor"),
            {Small(),
             RebuildV2(StorageId("1", 0, "LongStorage"), {0, 5000}, {1, 1}),
             Long1(), Long1()}),
       "its nested sizes have too many columns"},
      {"jagged parts", njt(None()), "its jagged parts are no dict"},
      {"no jagged offsets", njt(Dict({{Str("values"), Small()}})),
       "its jagged parts lack values or offsets"},
      {"jagged dimension",
       njt(Dict({{Str("values"), Small()},
                 {Str("offsets"), Long1()},
                 {Str("_ragged_idx"), Int(2)}})),
       "its ragged dimension does not exist: found 2"},
      {"array",
       Call(Utils("_rebuild_device_tensor_from_numpy"),
            {None(), Type("float32"), Str("xla:0"), False()}),
       "it is made of no NumPy array"},
      {"arguments of a subclass",
       Call(Global("torch._tensor", "_rebuild_from_type_v2"),
            {Utils("_rebuild_tensor_v2"), Global("m", "Sub"), None(), None()}),
       "the arguments of its rebuild function are no tuple"},
      {"metadata of shards",
       WithState(New(Global("torch.distributed._shard.sharded_tensor.api",
                            "ShardedTensor")),
                 Tuple({MakeList({}), None()})),
       "its metadata lacks size or dtype"},
      {"size of text", v2(four, Int(0), Str("4"), Ints({1})),
       "its size is no tuple of integers"},
      {"size of floats",
       v2(four, Int(0), Tuple({PickleBuilder().BinFloat(4).bytes()}),
          Ints({1})),
       "its size is no tuple of integers"},
      {"size above 64 bits",
       v2(four, Int(0),
          Tuple({PickleBuilder().Long1(std::string(9, '\x01')).bytes()}),
          Ints({1})),
       "its size is no tuple of integers"},
      {"too many dimensions",
       v2(four, Int(0), Ints(std::vector<int64_t>(1025, 1)),
          Ints(std::vector<int64_t>(1025, 1))),
       "it has more dimensions than the limit `dimensions`: found 1025, "
       "expected at most 1024"},
      {"negative size", v2(four, Int(0), Ints({2, -2}), Ints({2, 1})),
       "dimension 1 of its size is negative: found -2"},
      {"the least size", v2(four, Int(0), Ints({INT64_MIN}), Ints({1})),
       "dimension 0 of its size is negative: found -9223372036854775808"},
      {"size and stride differ", v2(four, Int(0), Ints({2, 2}), Ints({1})),
       "its size and stride differ in length: found 1, expected 2"},
      {"negative stride", v2(four, Int(0), Ints({4}), Ints({-1})),
       "dimension 0 of its stride is negative: found -1"},
      {"wraps in elements",
       v2(four, Int(0), Ints({1ll << 32, 1ll << 32}), Ints({0, 0})),
       "its size has too many elements"},
      {"wraps to zero",
       v2(four, Int(0), Ints({1ll << 32, 1ll << 32, 1ll << 32}),
          Ints({0, 0, 0})),
       "its size has too many elements"},
      {"wraps in a contiguous size",
       Call(
           Utils("_rebuild_device_tensor_from_numpy"),
           {Array({1ll << 40, 1ll << 40}), Type("float32"), Str("x"), False()}),
       "its size has too many elements"},
      {"dtype of a meta tensor", meta(Type("Size"), Ints({1}), Ints({1})),
       "its dtype is not known: found torch.Size"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(ListOf(row.tensor),
              "data.pkl: tensor '': " + std::string(row.line))
        << row.what;
  }
}

TEST(TensorReader, NamesTheTensorInErrors) {
  EXPECT_EQ(
      ListOf(Dict({{Str("a"), Dict({{Str("w"), RebuildV2(StorageId("0", 4),
                                                         {-1}, {1})}})}})),
      "data.pkl: tensor 'a.w': dimension 0 of its size is negative: found -1");
}

TEST(TensorReader, RefusesTensorsWithinTensorsBeyondEightLevels) {
  Piece tensor = Small();
  for (int i = 0; i < 20; ++i) tensor = ParameterOf(tensor);
  EXPECT_EQ(ListOf(tensor),
            "data.pkl: tensor '': it is nested too deep in tensors");
}

TEST(TensorReader, TakesAnEmptySizeWithHugeOthers) {
  EXPECT_EQ(ListOf(RebuildV2(StorageId("0", 4), {0, 1ll << 62, 1ll << 62},
                             {1, 1, 1})),
            " float32 [0,4611686018427387904,4611686018427387904] [1,1,1] @0 "
            "storage 0");
}

// torch loads an expanded tensor of more bytes than fit 64 bits.
TEST(TensorReader, TakesMoreBytesThanFit64Bits) {
  Lister lister;
  ASSERT_TRUE(lister.Run(RebuildV2(StorageId("0", 4), {1ll << 62}, {0})));
  EXPECT_EQ(lister.checkpoint().tensors[0].numel, 1ull << 62);
  EXPECT_EQ(lister.checkpoint().tensors[0].nbytes, UINT64_MAX);
}

TEST(TensorReader, CountsPackedElementsInWholeBytes) {
  Lister lister;
  ASSERT_TRUE(lister.Run(
      Call(Utils("_rebuild_qtensor"),
           {StorageId("0", 8, "QUInt4x2Storage"), Int(0), Ints({15}), Ints({1}),
            Tuple({Type("per_tensor_affine"),
                   PickleBuilder().BinFloat(1).bytes(), Int(0)}),
            False(), OrderedDict()})));
  EXPECT_EQ(lister.checkpoint().tensors[0].nbytes, 8u);
}

// ----------------------------------------- tensors whose bytes are not there

TEST(TensorReader, TellsWhereATensorReachesPastItsStorage) {
  const Row kRows[] = {
      {"too long", RebuildV2(StorageId("0", 4), {5}, {1}),
       " float32 [5] [1] @0 storage 0 problem: reaches to byte 20 of its "
       "storage 0, which has 16"},
      {"offset", RebuildV2(StorageId("0", 4), {4}, {1}, 1),
       " float32 [4] [1] @1 storage 0 problem: reaches to byte 20 of its "
       "storage 0, which has 16"},
      {"stride", RebuildV2(StorageId("0", 4), {2}, {4}),
       " float32 [2] [4] @0 storage 0 problem: reaches to byte 20 of its "
       "storage 0, which has 16"},
      {"a stride that reaches past 64 bits",
       RebuildV2(StorageId("0", 4), {1 << 20, 1 << 20}, {INT64_MAX, INT64_MAX}),
       " float32 [1048576,1048576] [9223372036854775807,9223372036854775807] "
       "@0 storage 0 problem: reaches past its storage 0, which has 16 bytes"},
      {"expanded", RebuildV2(StorageId("0", 4), {1 << 30, 4}, {0, 1}),
       " float32 [1073741824,4] [0,1] @0 storage 0"},
      {"empty, far away", RebuildV2(StorageId("0", 4), {0}, {1}, 1ll << 62),
       " float32 [0] [1] @4611686018427387904 storage 0"},
      {"a part of a sparse tensor",
       Call(Utils("_rebuild_sparse_tensor"),
            {LayoutOf("torch.sparse_coo"),
             Tuple({Long1(), RebuildV2(StorageId("0", 4), {5}, {1}),
                    Ints({8, 8})})}),
       " float32 [8,8] sparse_coo grad? "
       "(indices int64 [2] [1] @0 storage 1; "
       "values float32 [5] [1] @0 storage 0 problem: reaches to byte 20 of its "
       "storage 0, which has 16) problem: reaches to byte 20 of its storage 0, "
       "which has 16"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(ListOf(row.tensor), row.line) << row.what;
  }
}

// -------------------------------------------------------- what is no tensor

TEST(TensorReader, LeavesOtherFunctionsAlone) {
  EXPECT_EQ(ListOf(Call(Global("m", "_rebuild_tensor_v2"),
                        {StorageId("0", 4), Int(0), Ints({4}), Ints({1})})),
            "");
}

TEST(TensorReader, LeavesSubclassesByForeignFunctionsAlone) {
  EXPECT_EQ(NamesOf(Call(Global("torch._tensor", "_rebuild_from_type_v2"),
                         {Global("m", "f"), Global("m", "Sub"),
                          Tuple({Small()}), None()})),
            "__args__.2.0");
}

TEST(TensorReader, EndsOnAParameterThatHoldsItself) {
  const Piece cycle = WithState(
      New(Global("torch.nn.parameter", "Parameter")) + Put(0), Tuple({Get(0)}));
  EXPECT_EQ(ListOf(cycle), "");
}

TEST(TensorReader, EndsOnAHundredThousandNestedParameters) {
  PickleBuilder deep;
  deep.Global("torch.nn.parameter", "Parameter").BinPut(0);
  deep.Times(100'000, PickleBuilder().BinGet(0));
  deep.None().Times(100'001, PickleBuilder().Tuple1().Reduce());
  EXPECT_EQ(ListOf(deep.bytes()), "");
}

}  // namespace
}  // namespace ptscope::torch
