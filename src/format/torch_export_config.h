// The tables of a torch.export archive (.pt2): which record has the values of
// which tensor.
#ifndef PTSCOPE_FORMAT_TORCH_EXPORT_CONFIG_H_
#define PTSCOPE_FORMAT_TORCH_EXPORT_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ptscope/dtype.h"
#include "ptscope/limits.h"
#include "ptscope/result.h"

namespace ptscope::format {

// One line of a table. Source: torch/_export/serde/schema.py, PayloadMeta.
struct ExportPayload {
  std::string name;    // of the tensor, as a state_dict has it
  std::string record;  // within the table's folder
  bool is_parameter = false;
  bool is_pickle = false;  // the record is a torch.save archive of its own
  bool is_tensor = false;  // what follows is known; else it is an object

  Dtype dtype = Dtype::kUnknown;
  std::vector<int64_t> shape;
  std::vector<int64_t> stride;  // as many; neither has a negative number
  uint64_t storage_offset = 0;  // elements
  int8_t requires_grad = -1;
  std::string device;
};

// Reads a table, in its order. Errors, with the offset in the text: kDamaged;
// kUnsupported for a dtype or a layout that is not known, and for sizes that
// are no numbers; kLimit.
Result<std::vector<ExportPayload>> ReadExportConfig(std::string_view text,
                                                    const Limits& limits);

}  // namespace ptscope::format

#endif  // PTSCOPE_FORMAT_TORCH_EXPORT_CONFIG_H_
