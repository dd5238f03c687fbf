// The columns of a command's records, for formats that need to know all fields
// before the first record.
#ifndef PTSCOPE_RENDER_RECORD_COLUMNS_H_
#define PTSCOPE_RENDER_RECORD_COLUMNS_H_

#include <span>
#include <string_view>

namespace ptscope::render {

// Fields that no command gives yet have their column already: a script that
// counts columns keeps working.
struct RecordColumns {
  std::string_view command;
  std::string_view list;  // name of the records in JSON; empty: there are none
  std::span<const std::string_view> record;
  std::span<const std::string_view> summary;  // but for `summary`, `schema`
};

// All empty for a command without records.
const RecordColumns& ColumnsOf(std::string_view command);

}  // namespace ptscope::render

#endif  // PTSCOPE_RENDER_RECORD_COLUMNS_H_
