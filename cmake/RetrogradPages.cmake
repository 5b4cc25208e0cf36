# The manual pages and the shells' completions, written by the program from its own table of verbs and options, and
# where they are installed.
set(pages ${PROJECT_BINARY_DIR}/pages)
set(write_pages ${PROJECT_SOURCE_DIR}/cli/help/write_pages.sh)
add_custom_command(OUTPUT ${pages}/written
                   COMMAND bash ${write_pages} $<TARGET_FILE:retrograd_cli> ${pages}
                   DEPENDS retrograd_cli ${write_pages} VERBATIM COMMENT "Manual pages and completions")
add_custom_target(retrograd_pages ALL DEPENDS ${pages}/written)

install(DIRECTORY ${pages}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${pages}/retrograd DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${pages}/retrograd.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
# Debian's zsh looks into vendor-completions under /usr, and any zsh into site-functions under /usr/local.
install(CODE "
  set(folder site-functions)
  if(CMAKE_INSTALL_PREFIX MATCHES \"/usr/?$\")
    set(folder vendor-completions)
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\" TYPE FILE
       FILES \"${pages}/_retrograd\")" COMPONENT program)
