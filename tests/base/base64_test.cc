#include "base/base64.h"

#include <gtest/gtest.h>

namespace ptscope {
namespace {

// RFC 4648, section 10.
TEST(EncodeBase64, GivesTheVectorsOfTheRfc) {
  EXPECT_EQ(EncodeBase64(""), "");
  EXPECT_EQ(EncodeBase64("f"), "Zg==");
  EXPECT_EQ(EncodeBase64("fo"), "Zm8=");
  EXPECT_EQ(EncodeBase64("foo"), "Zm9v");
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
}

TEST(EncodeBase64, TakesBytesAboveAscii) {
  EXPECT_EQ(EncodeBase64("\xFF\xFE\xFD"), "//79");
}

}  // namespace
}  // namespace ptscope
