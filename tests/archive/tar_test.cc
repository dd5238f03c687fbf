#include "archive/tar.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/legacy_builder.h"

namespace ptscope::archive {
namespace {

using namespace std::string_view_literals;
using test::AsBytes;
using test::Octal;
using test::TarEnd;
using test::TarEntry;
using test::TarHeader;
using test::TarPadded;

// "name size@offset; …", or the error.
std::string List(const std::string& bytes, const Limits& limits = {}) {
  const auto source = OpenMemory(AsBytes(bytes));
  const auto members = ReadTar(*source, limits);
  if (!members) return members.error().Text();
  std::string text;
  for (const TarMember& m : *members) {
    if (!text.empty()) text += "; ";
    text +=
        m.name + ' ' + std::to_string(m.size) + '@' + std::to_string(m.data);
  }
  return text;
}

// A record of an extended header, with its own length in front.
std::string Pax(std::string_view key, std::string_view value) {
  std::string rest = " ";
  ((rest += key) += '=') += value;
  rest += '\n';
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

TEST(Tar, ListsFiles) {
  EXPECT_EQ(List(TarEntry("a", "xyz") + TarEntry("./b", "") +
                 TarEntry("c", std::string(513, 'c')) + TarEnd()),
            "a 3@512; b 0@1536; c 513@2048");
}

TEST(Tar, NeedsNeitherItsEndNorTheLastPadding) {
  const std::string bytes = TarEntry("a", "xyz");
  EXPECT_EQ(List(bytes), "a 3@512");
  EXPECT_EQ(List(bytes.substr(0, 515)), "a 3@512");
  EXPECT_EQ(List(bytes + std::string(20, '\0')), "a 3@512");
}

TEST(Tar, PassesOverWhatIsNoFile) {
  // The size of a link is of what it links to.
  EXPECT_EQ(List(TarHeader("link", Octal(5000), '1') + TarEntry("d/", "", '5') +
                 TarEntry("a", "x") + TarEnd()),
            "a 1@1536");
}

TEST(Tar, JoinsThePrefix) {
  EXPECT_EQ(List(TarHeader("a", Octal(0), '0',
                           {"ustar\0"
                            "00",
                            8},
                           "in/here")),
            "in/here/a 0@512");
  // GNU's archives have other things there.
  EXPECT_EQ(List(TarHeader("a", Octal(0), '0', "ustar  ", "in/here")),
            "a 0@512");
}

TEST(Tar, ReadsLongNames) {
  const std::string name(300, 'n');
  EXPECT_EQ(List(TarEntry("././@LongLink", name + '\0', 'L') +
                 TarEntry("nnn", "x") + TarEntry("b", "")),
            name + " 1@1536; b 0@2560");
  EXPECT_EQ(List(TarEntry("PaxHeaders/x", Pax("path", name), 'x') +
                 TarEntry("nnn", "x") + TarEntry("b", "")),
            name + " 1@1536; b 0@2560");
}

TEST(Tar, ReadsSizesOfExtendedHeaders) {
  EXPECT_EQ(
      List(TarEntry("x", Pax("mtime", "1.5") + Pax("size", "3"), 'x') +
           TarHeader("a", Octal(0)) + TarPadded("xyz") + TarEntry("b", "")),
      "a 3@1536; b 0@2560");
  EXPECT_EQ(List(TarEntry("x", Pax("size", "3x"), 'x') + TarEntry("a", "")),
            "offset 0x0: an extended header makes no sense");
  EXPECT_EQ(List(TarEntry("x", "9 path=abc\n", 'x') + TarEntry("a", "")),
            "offset 0x0: an extended header makes no sense");
  // Of all members: neither a name nor a size.
  EXPECT_EQ(List(TarEntry("x", Pax("path", "b"), 'g') + TarEntry("a", "")),
            "a 0@1536");
}

TEST(Tar, ReadsBinarySizes) {
  EXPECT_EQ(
      List(TarHeader("a", "\x80\0\0\0\0\0\0\0\0\0\0\3"sv) + TarPadded("xyz")),
      "a 3@512");
  EXPECT_EQ(
      List(TarHeader("a", "\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv)),
      "offset 0x0: member 'a' is cut short: found 0 bytes, expected "
      "9223372036854775807; copy or download it again");
  for (const auto size : {"\x80\0\0\1\0\0\0\0\0\0\0\0"sv,
                          "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv,
                          "00000000009"sv, "           "sv}) {
    EXPECT_EQ(List(TarHeader("a", size)),
              "offset 0x0: a member's header has a wrong checksum");
  }
}

TEST(Tar, TellsWhereItIsBroken) {
  std::string bytes = TarEntry("a", "xyz") + TarEntry("b", "xyz");
  EXPECT_EQ(List(bytes.substr(0, 1100)),
            "offset 0x400: it ends within a member's header; copy or download "
            "it again");
  EXPECT_EQ(List(bytes.substr(0, 1024 + 512 + 2)),
            "offset 0x400: member 'b' is cut short: found 2 bytes, expected 3; "
            "copy or download it again");
  bytes[1024] ^= 1;
  EXPECT_EQ(List(bytes),
            "offset 0x400: a member's header has a wrong checksum");
}

TEST(Tar, HasLimits) {
  EXPECT_EQ(List(TarEntry("a", "") + TarEntry("b", ""), {.records = 1}),
            "there are more members than the limit `records`: expected at "
            "most 1");
  EXPECT_EQ(List(TarEntry("a", std::string((1 << 20) + 1, ' '), 'x')),
            "offset 0x0: an extended header is too long: found 1048577 bytes, "
            "expected at most 1048576");
}

}  // namespace
}  // namespace ptscope::archive
