// Limits: how much one file may make the library do.
//
// Reaching one is an error of its own kind (ErrorCode::kLimit) that names the
// limit; `--max NAME=N` raises it.
#ifndef PTSCOPE_LIMITS_H_
#define PTSCOPE_LIMITS_H_

#include <cstdint>
#include <string_view>

namespace ptscope {

// Field, default, and the reason for the default.
#define PTSCOPE_LIMITS(X)                                                      \
  X(records, 4'000'000,                                                        \
    "records of an archive; a million tensors need about a million")           \
  X(directory, 1ull << 30,                                                     \
    "bytes of a zip's central directory; 4 million records of 100 bytes "      \
    "need 0.4 GB")                                                             \
  X(pickle, 2ull << 30,                                                        \
    "bytes of one pickle, decompressed; a million tensors need 0.13 GB")       \
  X(inflate_ratio, 100,                                                        \
    "times its stored size that a record above `inflate_from` may inflate "    \
    "to; pickles of many tensors reach 20")                                    \
  X(inflate_from, 64ull << 20,                                                 \
    "bytes that a record may inflate to from however few; within a member of " \
    "an archive, of which there may be many, 64 KiB")                          \
  X(opcodes, 500'000'000, "opcodes of one pickle; a tensor needs about 30")    \
  X(string, 256ull << 20, "bytes of one string or bytes value of a pickle")    \
  X(integer, 1ull << 20, "bytes or digits of one integer of a pickle")         \
  X(global, 4096, "bytes of the name of one module or class")                  \
  X(value_bytes, 0,                                                            \
    "bytes of memory for the values of one pickle; 0 stands for 24 MiB + 4 x " \
    "its length, twice what a pickle of torch.save takes")                     \
  X(steps, 50'000'000,                                                         \
    "members looked at while tensors are named; a shared value counts at "     \
    "each of its names")                                                       \
  X(tensors, 20'000'000, "tensors listed of one file")                         \
  X(listing_bytes, 0,                                                          \
    "bytes of memory for the tensors, their names and shapes; 0 stands for "   \
    "24 MiB + 3 x the pickle's length, twice what a state_dict takes")         \
  X(code, 64ull << 20,                                                         \
    "bytes of source code of a TorchScript archive, read to tell parameters "  \
    "from buffers; large models have a few MB")                                \
  X(module_bytes, 0,                                                           \
    "bytes of memory for the modules of tree, each its name and 160; 0 "       \
    "stands "                                                                  \
    "for 24 MiB + 512 a tensor, which 100,000 modules take")                   \
  X(shown_bytes, 256ull << 20,                                                 \
    "bytes of JSON that show writes; a hundred times what people read")        \
  X(shown_depth, 400,                                                          \
    "levels of nested JSON that show writes; parsers give up near 1,000")      \
  X(shown_memory, 0,                                                           \
    "bytes of memory for the members of what show has begun; 0 stands for "    \
    "24 MiB + 2 x the pickle's length, enough for a million words")            \
  X(dimensions, 1024, "dimensions of one tensor; 64 is the most in practice")  \
  X(reference, 1ull << 30, "bytes of a manifest or list of names")             \
  X(reference_tensors, 4'000'000,                                              \
    "tensors of all versions of a manifest; 40 versions of 100,000")           \
  X(index, 256ull << 20,                                                       \
    "bytes of the index of a sharded checkpoint; a million tensors need "      \
    "0.1 GB")                                                                  \
  X(json_depth, 64, "levels of nested JSON; a manifest has 6")

struct Limits {
#define X(name, value, reason) uint64_t name = value;
  PTSCOPE_LIMITS(X)
#undef X

  // Sets the limit of that name; false if there is none.
  bool Set(std::string_view name, uint64_t value);
};

}  // namespace ptscope

#endif  // PTSCOPE_LIMITS_H_
