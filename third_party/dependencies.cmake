# Every dependency of ptscope, declared once. Nothing is vendored: the packages
# come from the system (packages.debian, install.sh). README.md beside this
# file says what each is for.
#
# This file is include()d: imported targets of a subdirectory would not be
# visible outside of it.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# zlib: inflates deflated records (within libzip) and is the oracle of our CRC.
find_package(ZLIB REQUIRED)

# libdeflate: CRC-32 at memory speed. The static library where there is one.
find_path(LIBDEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)
find_library(LIBDEFLATE_LIBRARY NAMES libdeflate.a deflate REQUIRED)
add_library(ptscope_libdeflate INTERFACE IMPORTED)
set_target_properties(ptscope_libdeflate PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${LIBDEFLATE_INCLUDE_DIR}"
  INTERFACE_LINK_LIBRARIES "${LIBDEFLATE_LIBRARY}")

# libzip: opens the records that are not plainly stored. Loaded on first need
# (src/archive/zip_entry.cc), so only its header and its SONAME are needed here.
# pkg-config, because Debian's CMake files ask for three more packages.
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip>=1.7)
list(GET libzip_LINK_LIBRARIES 0 ptscope_libzip_file)
file(REAL_PATH "${ptscope_libzip_file}" ptscope_libzip_file)
# libzip.so.4.0 is loaded as libzip.so.4.
string(REGEX MATCH "libzip\\.so\\.[0-9]+" PTSCOPE_LIBZIP_SONAME
       "${ptscope_libzip_file}")
if(NOT PTSCOPE_LIBZIP_SONAME)
  message(FATAL_ERROR "the shared library of libzip is not where pkg-config "
                      "says: ${ptscope_libzip_file}")
endif()

# fmt: text of errors and of tables. Only its headers: base/fmt.cc compiles it.
find_package(fmt REQUIRED)
add_library(ptscope_fmt INTERFACE)
target_include_directories(ptscope_fmt INTERFACE
  $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)

# RE2: the renames of a manifest, in linear time. Static where there is one.
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
find_library(RE2_LIBRARY NAMES libre2.a re2 REQUIRED)
add_library(ptscope_re2 INTERFACE IMPORTED)
set_target_properties(ptscope_re2 PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${RE2_INCLUDE_DIR}"
  INTERFACE_LINK_LIBRARIES "${RE2_LIBRARY};Threads::Threads")

# Boost.JSON's parser, header-only: events, no recursion.
find_package(Boost 1.81 REQUIRED)

if(PTSCOPE_BUILD_CLI)
  find_package(CLI11 REQUIRED)
  # spdlog, header-only: what `-v` says on stderr.
  find_package(spdlog REQUIRED)
endif()

if(PTSCOPE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
