#include "archive/zip_origin.h"

#include "base/byte_reader.h"

namespace ptscope::archive {

bool HasHeadersOfTorch(const ZipDirectory& directory) {
  // Offsets in a header of the central directory: APPNOTE 4.3.12.
  constexpr size_t kHeaderSize = 46;
  constexpr uint16_t kDeflated = 8;
  ByteReader in({directory.bytes.data(), directory.bytes.size()}, "");
  for (size_t i = 0; i < directory.records.size(); ++i) {
    const auto header = in.Bytes(kHeaderSize, "central directory");
    if (!in.ok()) return false;
    const std::byte* p = header.data();
    const auto made_by = LoadLittle<uint16_t>(p + 4);
    const auto needed = LoadLittle<uint16_t>(p + 6);
    const auto method = LoadLittle<uint16_t>(p + 10);
    const auto date = LoadLittle<uint32_t>(p + 12);  // time, date
    if (made_by != 0 || needed != (method == kDeflated ? 20 : 0) || date != 0) {
      return false;
    }
    in.Bytes(size_t{LoadLittle<uint16_t>(p + 28)} +
                 LoadLittle<uint16_t>(p + 30) + LoadLittle<uint16_t>(p + 32),
             "name, extra field and comment");
  }
  return in.ok();
}

}  // namespace ptscope::archive
