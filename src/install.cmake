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

# <target> <the name of its library, without lib> of what a static libptscope
# needs to link.
foreach(library "libdeflate deflate" "re2 re2")
  separate_arguments(library)
  list(GET library 0 target)
  list(GET library 1 file)
  if(NOT TARGET ptscope::${target})
    find_library(PTSCOPE_${file} NAMES lib${file}.a ${file})
    mark_as_advanced(PTSCOPE_${file})
    if(NOT PTSCOPE_${file})
      set(ptscope_FOUND FALSE)
      set(ptscope_NOT_FOUND_MESSAGE "ptscope needs ${target} to link")
      return()
    endif()
    add_library(ptscope::${target} INTERFACE IMPORTED)
    set_target_properties(ptscope::${target} PROPERTIES
      INTERFACE_LINK_LIBRARIES "${PTSCOPE_${file}}")
  endif()
endforeach()

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
