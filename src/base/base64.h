// Base64 with padding (RFC 4648, section 4).
#ifndef PTSCOPE_BASE_BASE64_H_
#define PTSCOPE_BASE_BASE64_H_

#include <string>
#include <string_view>

namespace ptscope {

std::string EncodeBase64(std::string_view bytes);

}  // namespace ptscope

#endif  // PTSCOPE_BASE_BASE64_H_
