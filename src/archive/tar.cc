#include "archive/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/byte_reader.h"
#include "base/checked_math.h"
#include "base/pod_vector.h"

namespace ptscope::archive {

namespace {

using namespace std::string_view_literals;

// A long name, or the records of an extended header.
constexpr uint64_t kLongest = 1 << 20;

// A number field: octal digits, padded with spaces and NULs; or, marked by its
// first bit, a binary number, most significant byte first, which may not be
// negative.
std::optional<uint64_t> Number(std::string_view field) {
  const auto first = static_cast<unsigned char>(field[0]);
  if (first >= 0x80) {
    if (first != 0x80) return std::nullopt;
    uint64_t value = 0;
    for (const char c : field.substr(1)) {
      if (value >> 56 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
  }
  const size_t from = std::min(field.find_first_not_of(' '), field.size());
  const size_t to = std::min(field.find_first_of(" \0"sv, from), field.size());
  field = field.substr(from, to - from);
  uint64_t value = 0;
  for (const char c : field) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3 | static_cast<uint64_t>(c - '0');  // at most 36 bits
  }
  return field.empty() ? std::nullopt : std::optional(value);
}

std::string_view Text(std::string_view field) {
  return field.substr(0, field.find('\0'));
}

std::optional<uint64_t> Decimal(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto shifted = CheckedMul<uint64_t>(value, 10);
    const auto next = shifted
                          ? CheckedAdd(*shifted, static_cast<uint64_t>(c - '0'))
                          : std::nullopt;
    if (!next) return std::nullopt;
    value = *next;
  }
  return digits.empty() ? std::nullopt : std::optional(value);
}

// What members before another one say of it.
struct Overrides {
  std::optional<std::string> name;
  std::optional<uint64_t> size;
};

// Records "LENGTH KEY=VALUE\n", whose length counts all of it. False if they
// are none.
bool ParsePax(std::string_view text, Overrides& to) {
  while (!text.empty()) {
    const size_t space = text.find(' ');
    if (space == text.npos) return false;
    const auto length = Decimal(text.substr(0, space));
    if (!length || *length <= space + 1 || *length > text.size()) return false;
    std::string_view record =
        text.substr(space + 1, static_cast<size_t>(*length) - space - 1);
    text.remove_prefix(static_cast<size_t>(*length));
    if (!record.ends_with('\n')) return false;
    record.remove_suffix(1);
    const size_t equals = record.find('=');
    if (equals == record.npos) return false;
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path") to.name = value;
    if (key == "size") {
      to.size = Decimal(value);
      if (!to.size) return false;
    }
  }
  return true;
}

class Reader {
 public:
  Reader(const Source& source, const Limits& limits)
      : source_(source), limits_(limits) {}

  Result<std::vector<TarMember>> Read() {
    while (true) {
      std::array<std::byte, kTarBlock> block;
      PTSCOPE_TRY(const size_t n, source_.ReadAt(at_, block));
      // Many archives lack the two blocks at their end.
      if (n == 0) break;
      if (std::ranges::all_of(std::span(block).first(n),
                              [](std::byte b) { return b == std::byte{0}; })) {
        break;
      }
      auto header = ParseTarHeader(std::span(block).first(n));
      if (!header) {
        return n < kTarBlock ? Cut("it ends within a member's header")
                             : Bad("a member's header has a wrong checksum");
      }
      if (++headers_ > limits_.records) {
        return Error{
            .code = ErrorCode::kLimit,
            .message = "there are more members than the limit `records`",
            .expected = fmt::format("at most {}", limits_.records)};
      }
      PTSCOPE_CHECK(Take(*std::move(header)));
    }
    return std::move(members_);
  }

 private:
  Error Bad(std::string message, std::string found = {},
            std::string expected = {}) const {
    return {.code = ErrorCode::kDamaged,
            .message = std::move(message),
            .offset = at_,
            .found = std::move(found),
            .expected = std::move(expected)};
  }

  Error Cut(std::string message, std::string found = {},
            std::string expected = {}) const {
    Error error =
        Bad(std::move(message), std::move(found), std::move(expected));
    error.hint = "copy or download it again";
    return error;
  }

  // The member whose header is at at_.
  Status Take(TarHeader header) {
    const bool about_next = header.type == 'L' || header.type == 'K' ||
                            header.type == 'x' || header.type == 'g';
    if (!about_next) {
      if (overrides_.name) header.name = *std::move(overrides_.name);
      if (overrides_.size) header.size = *overrides_.size;
      overrides_ = {};
    }
    const uint64_t data = at_ + kTarBlock;  // within the file
    const uint64_t left = source_.size() - data;
    const uint64_t stored = header.stored();
    if (stored > left) {
      return Cut(
          fmt::format("member '{}' is cut short", header.name.substr(0, 100)),
          fmt::format("{} bytes", left), fmt::format("{}", stored));
    }
    if (about_next) PTSCOPE_CHECK(ReadOverrides(header, data));
    if (header.is_file()) {
      const std::string_view name = header.name;
      const bool here = name.starts_with("./");
      members_.push_back(
          {std::string(name.substr(here ? 2 : 0)), at_, data, header.size});
    }
    // The last one may lack its padding.
    at_ = std::min(NextTarHeader(at_, header).value_or(UINT64_MAX),
                   source_.size());
    return {};
  }

  Status ReadOverrides(const TarHeader& header, uint64_t data) {
    if (header.type == 'K') return {};  // the target of a link
    if (header.size > kLongest) {
      return Bad("an extended header is too long",
                 fmt::format("{} bytes", header.size),
                 fmt::format("at most {}", kLongest));
    }
    PodVector<std::byte> bytes;
    bytes.resize_uninitialized(static_cast<size_t>(header.size));
    PTSCOPE_CHECK(ReadExactly(source_, data, {bytes.data(), bytes.size()}));
    const std::string_view text = AsText({bytes.data(), bytes.size()});
    if (header.type == 'L') {
      overrides_.name = std::string(Text(text));
      return {};
    }
    Overrides pax;
    if (!ParsePax(text, pax)) return Bad("an extended header makes no sense");
    if (header.type == 'g') return {};  // of all members: no name, no size
    if (pax.name) overrides_.name = std::move(pax.name);
    if (pax.size) overrides_.size = pax.size;
    return {};
  }

  const Source& source_;
  const Limits& limits_;
  uint64_t at_ = 0;
  uint64_t headers_ = 0;
  Overrides overrides_;
  std::vector<TarMember> members_;
};

}  // namespace

uint64_t TarHeader::stored() const {
  // Links, devices, folders, pipes.
  return type >= '1' && type <= '6' ? 0 : size;
}

std::optional<TarHeader> ParseTarHeader(std::span<const std::byte> block) {
  if (block.size() < kTarBlock) return std::nullopt;
  const std::string_view s = AsText(block.first(kTarBlock));
  // The sum takes its own field for spaces.
  uint64_t sum = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    sum += static_cast<unsigned char>(i >= 148 && i < 156 ? ' ' : s[i]);
  }
  if (Number(s.substr(148, 8)) != sum) return std::nullopt;
  const auto size = Number(s.substr(124, 12));
  if (!size) return std::nullopt;
  TarHeader header{.name = {}, .size = *size, .type = s[156]};
  // GNU's archives have other things where POSIX has the prefix.
  const std::string_view prefix = Text(s.substr(345, 155));
  if (s.substr(257, 6) == "ustar\0"sv && !prefix.empty()) {
    header.name.append(prefix).append("/");
  }
  header.name.append(Text(s.substr(0, 100)));
  return header;
}

std::optional<uint64_t> NextTarHeader(uint64_t at, const TarHeader& header) {
  const uint64_t stored = header.stored();
  const uint64_t padding = (kTarBlock - stored % kTarBlock) % kTarBlock;
  const auto padded = CheckedAdd(stored, padding + kTarBlock);
  return padded ? CheckedAdd(at, *padded) : std::nullopt;
}

Result<std::vector<TarMember>> ReadTar(const Source& source,
                                       const Limits& limits) {
  return Reader(source, limits).Read();
}

}  // namespace ptscope::archive
