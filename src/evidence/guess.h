// Names for tensors that are lost, taken from their twins in other blocks.
#ifndef PTSCOPE_EVIDENCE_GUESS_H_
#define PTSCOPE_EVIDENCE_GUESS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evidence/facts.h"

namespace ptscope::evidence {

// `groups` is by candidate: the optimizer's group that has it, kNone for what
// is in none. Only those of the neighbours' group follow each other.

// Names of tensors of these shapes that follow the candidate `from`, in file
// order (direction 1) or against it (-1). The twin of `from` with another
// number in its name tells what follows. As many as can be told; none that is
// in the file. `twin` becomes the candidate that the first name is like.
std::vector<std::string> GuessBehind(const Facts& facts,
                                     std::span<const uint32_t> groups,
                                     uint32_t from, int direction,
                                     std::span<const uint32_t> shapes,
                                     uint32_t& twin);

// The names of a whole block between two candidates (kNone: the end), if its
// neighbour in a numbered list has just these shapes. `hole`: the list lacks a
// number there; else the block is one more at an end of the list.
std::vector<std::string> GuessBlock(const Facts& facts,
                                    std::span<const uint32_t> groups,
                                    uint32_t after, uint32_t before,
                                    std::span<const uint32_t> shapes,
                                    bool hole);

}  // namespace ptscope::evidence

#endif  // PTSCOPE_EVIDENCE_GUESS_H_
