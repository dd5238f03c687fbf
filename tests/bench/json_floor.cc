// The floor under any reader of safetensors: reads the header of each file and
// parses its JSON with nothing behind the parser.
//
//   json_floor FILE...
//
// Prints lines of a name and a number, as read_bench and floor do: milliseconds
// of the whole (wall, and user+sys), and the bytes of the headers.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/detail/impl/default_resource.ipp>
#include <boost/json/detail/impl/shared_resource.ipp>
#include <boost/json/detail/impl/stack.ipp>
#include <boost/json/impl/error.ipp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string_view>

namespace {

namespace json = boost::json;

// Takes everything and keeps nothing.
struct Nothing {
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;
  using Code = json::error_code;
  using Text = std::string_view;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(size_t, Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(size_t, Code&) { return true; }
  bool on_key_part(Text, size_t, Code&) { return true; }
  bool on_key(Text, size_t, Code&) { return true; }
  bool on_string_part(Text, size_t, Code&) { return true; }
  bool on_string(Text, size_t, Code&) { return true; }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(int64_t, Text, Code&) { return true; }
  bool on_uint64(uint64_t, Text, Code&) { return true; }
  bool on_double(double, Text, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }
};

// Bytes of its header; 0 if there is none.
uint64_t Parse(const char* path) {
  std::FILE* const file = std::fopen(path, "rb");
  if (file == nullptr) return 0;
  uint64_t size = 0;
  bool good = std::fread(&size, sizeof size, 1, file) == 1 && size < 1 << 30;
  if (good) {
    const std::unique_ptr<char[]> text(new char[size]);
    good = std::fread(text.get(), size, 1, file) == 1;
    json::basic_parser<Nothing> parser{json::parse_options()};
    json::error_code ec;
    if (good) parser.write_some(false, text.get(), size, ec);
    good = good && !ec;
  }
  std::fclose(file);
  return good ? size : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto start = std::chrono::steady_clock::now();
  uint64_t bytes = 0;
  for (int i = 1; i < argc; ++i) {
    const uint64_t size = Parse(argv[i]);
    if (size == 0) {
      std::fprintf(stderr, "json_floor: %s: no header\n", argv[i]);
      return 2;
    }
    bytes += size;
  }
  const std::chrono::duration<double, std::milli> wall =
      std::chrono::steady_clock::now() - start;
  std::printf("first_ms %.4f\nfirst_cpu_ms %.4f\nmetadata %llu\n", wall.count(),
              1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC,
              static_cast<unsigned long long>(bytes));
  return 0;
}
