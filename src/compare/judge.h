// Judge: one comparison, without a look at what else might have matched.
#ifndef PTSCOPE_COMPARE_JUDGE_H_
#define PTSCOPE_COMPARE_JUDGE_H_

#include "ptscope/compare.h"
#include "ptscope/result.h"

namespace ptscope::compare {

// As Compare(); of the options `auto_prefix` and `hints` do not count.
Result<Comparison> Judge(const Reference& reference, const TensorList& actual,
                         const CompareOptions& options);

}  // namespace ptscope::compare

#endif  // PTSCOPE_COMPARE_JUDGE_H_
