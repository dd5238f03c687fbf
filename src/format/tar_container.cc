// A tar file as the container of records: its files, whose bytes lie in it as
// they are.
#include <string_view>
#include <utility>

#include "archive/tar.h"
#include "base/arena.h"
#include "format/record_container.h"

namespace ptscope::format {

namespace {

class Tar final : public RecordContainer {
 public:
  Tar(const Source& source, const Limits& limits)
      : source_(source), limits_(limits) {}

  Status ReadHeaders() {
    PTSCOPE_TRY(const auto members, archive::ReadTar(source_, limits_));
    records_.reserve(members.size());
    for (const archive::TarMember& member : members) {
      records_.push_back({.name = names_->Copy(std::string_view(member.name)),
                          .header = member.header,
                          .data = member.data,
                          .stored = member.size,
                          .size = member.size});
    }
    return {};
  }

  const Table<Record>& records() const override { return records_; }

  Result<archive::RecordBytes> Read(uint32_t record) override {
    PTSCOPE_TRY(const Content content, Open(record));
    return ReadWhole(*content.source, records_[record], limits_);
  }

  Result<Content> Open(uint32_t record) override {
    const Record& r = records_[record];
    return Content{OpenWindow(source_, r.data, r.size), r.data};
  }

  // The headers said where they are.
  Status Locate(std::vector<Finding>&) override { return {}; }

  std::shared_ptr<const void> MoveRecords(Table<Record>& to) override {
    to = std::move(records_);
    return std::move(names_);
  }

 private:
  const Source& source_;
  const Limits& limits_;
  Table<Record> records_;
  std::shared_ptr<Arena> names_ = std::make_shared<Arena>();
};

}  // namespace

Result<std::unique_ptr<RecordContainer>> OpenTar(const Source& source,
                                                 const Limits& limits) {
  auto tar = std::make_unique<Tar>(source, limits);
  PTSCOPE_CHECK(tar->ReadHeaders());
  return std::unique_ptr<RecordContainer>(std::move(tar));
}

}  // namespace ptscope::format
