# What `cmake --install` puts where: the library, its public headers, the
# package that find_package(ptscope) finds, and the program.
#
# fmt is compiled into the library, Boost is header-only, and both are used in
# .cc files alone, so a consumer needs neither. A static libptscope needs
# libdeflate and RE2 when the consumer links: the package file finds them.

include(CMakePackageConfigHelpers)

target_link_libraries(ptscope PRIVATE
  $<INSTALL_INTERFACE:ptscope::libdeflate> $<INSTALL_INTERFACE:ptscope::re2>)

set(PTSCOPE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ptscope)
install(TARGETS ptscope EXPORT ptscope
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ptscope
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT ptscope FILE ptscopeTargets.cmake NAMESPACE ptscope::
  DESTINATION ${PTSCOPE_PACKAGE_DIR})

file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/ptscopeConfig.cmake @ONLY
  CONTENT [==[
# find_package(ptscope) gives the target ptscope::ptscope.
include(CMakeFindDependencyMacro)
find_dependency(Threads)

if(NOT TARGET ptscope::libdeflate)
  find_library(PTSCOPE_LIBDEFLATE NAMES libdeflate.a deflate)
  mark_as_advanced(PTSCOPE_LIBDEFLATE)
  if(NOT PTSCOPE_LIBDEFLATE)
    set(ptscope_FOUND FALSE)
    set(ptscope_NOT_FOUND_MESSAGE "ptscope needs libdeflate to link")
    return()
  endif()
  add_library(ptscope::libdeflate INTERFACE IMPORTED)
  set_target_properties(ptscope::libdeflate PROPERTIES
    INTERFACE_LINK_LIBRARIES "${PTSCOPE_LIBDEFLATE}")
endif()

if(NOT TARGET ptscope::re2)
  find_library(PTSCOPE_RE2 NAMES libre2.a re2)
  mark_as_advanced(PTSCOPE_RE2)
  if(NOT PTSCOPE_RE2)
    set(ptscope_FOUND FALSE)
    set(ptscope_NOT_FOUND_MESSAGE "ptscope needs RE2 to link")
    return()
  endif()
  add_library(ptscope::re2 INTERFACE IMPORTED)
  set_target_properties(ptscope::re2 PROPERTIES
    INTERFACE_LINK_LIBRARIES "${PTSCOPE_RE2}")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/ptscopeTargets.cmake")
]==])
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/ptscopeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/ptscopeConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/ptscopeConfigVersion.cmake
  DESTINATION ${PTSCOPE_PACKAGE_DIR})

if(TARGET ptscope_cli)
  install(TARGETS ptscope_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
