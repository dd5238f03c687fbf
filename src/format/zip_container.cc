// A zip file as the container of records.
#include <utility>

#include "archive/zip_directory.h"
#include "format/record_container.h"

namespace ptscope::format {

namespace {

class Zip final : public RecordContainer {
 public:
  Zip(const Source& source, const Limits& limits)
      : source_(source), reader_(source, directory_, limits) {}

  Status ReadDirectory(const Limits& limits, std::vector<Finding>& findings) {
    PTSCOPE_TRY(directory_,
                archive::ReadZipDirectory(source_, limits, findings));
    return {};
  }

  const Table<Record>& records() const override { return directory_.records; }

  const archive::ZipDirectory* directory() const override {
    return &directory_;
  }

  Result<archive::RecordBytes> Read(uint32_t record) override {
    return reader_.Read(record);
  }

  Result<Content> Open(uint32_t record) override {
    PTSCOPE_TRY(auto source, reader_.Open(record));
    const Record& r = directory_.records[record];
    const bool stored = r.method == Record::Method::kStored;
    return Content{std::move(source), stored ? r.data : kUnknown};
  }

  Status Locate(std::vector<Finding>& findings) override {
    return archive::LocateRecords(source_, directory_, findings);
  }

  std::shared_ptr<const void> MoveRecords(Table<Record>& to) override {
    to = std::move(directory_.records);
    return std::make_shared<const PodVector<std::byte>>(
        std::move(directory_.bytes));
  }

 private:
  const Source& source_;
  archive::ZipDirectory directory_;
  archive::RecordReader reader_;
};

}  // namespace

Result<std::unique_ptr<RecordContainer>> OpenZip(
    const Source& source, const Limits& limits,
    std::vector<Finding>& findings) {
  auto zip = std::make_unique<Zip>(source, limits);
  PTSCOPE_CHECK(zip->ReadDirectory(limits, findings));
  return std::unique_ptr<RecordContainer>(std::move(zip));
}

}  // namespace ptscope::format
