# The man page and the completions of the shells: the program writes them each
# time it was linked, and `cmake --install` puts them where man and the shells
# look.

# ptscope_generated(<output> <file> <folder>)
#
# What `ptscope --generate <output>` writes becomes <build>/share/<file>, and is
# installed into <folder>.
function(ptscope_generated output file folder)
  set(path ${PROJECT_BINARY_DIR}/share/${file})
  cmake_path(GET path PARENT_PATH parent)
  add_custom_command(TARGET ptscope_cli POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${parent}
    COMMAND ptscope_cli --generate ${output} > ${path}
    BYPRODUCTS ${path} VERBATIM)
  install(FILES ${path} DESTINATION ${folder})
endfunction()

ptscope_generated(man man/man1/ptscope.1 ${CMAKE_INSTALL_MANDIR}/man1)
ptscope_generated(bash bash-completion/completions/ptscope
  ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
ptscope_generated(zsh zsh/site-functions/_ptscope
  ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
ptscope_generated(fish fish/vendor_completions.d/ptscope.fish
  ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
