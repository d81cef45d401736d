# SPDX-License-Identifier: MIT
#
# cmake -D LITMARK=... -D PAGE=... -P check_man_page.cmake: every command and every flag that a help
# text names stands in the manual page, too.
cmake_minimum_required(VERSION 3.22)
file(READ ${PAGE} page)
string(REPLACE "\\-" "-" page "${page}")
string(REPLACE "\\" "" page "${page}")

function(help output)
  execute_process(
    COMMAND ${EMULATOR} ${LITMARK} ${ARGN} --help
    RESULT_VARIABLE code
    OUTPUT_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "litmark ${ARGN} --help: ${code}")
  endif()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

help(text)
string(REGEX REPLACE ".*Commands:\n(.*)\n\n  litmark COMMAND.*" "\\1" list "${text}")
string(REGEX MATCHALL "(^|\n)  [a-z]+" commands "${list}")
list(LENGTH commands count)
if(count LESS 7)
  message(FATAL_ERROR "litmark --help lists only ${count} commands:\n${text}")
endif()

set(checked 0)
foreach(command IN LISTS commands)
  string(STRIP "${command}" command)
  string(TOUPPER "${command}" heading)
  if(NOT page MATCHES "\n\\.SH ${heading}\n")
    message(SEND_ERROR "no section ${heading} in ${PAGE}")
  endif()
  help(text ${command})
  # Flags as the option table sets them: indented, perhaps after a short form.
  string(REGEX MATCHALL "\n  (-[a-z],|   ) --[a-z0-9-]+" flags "${text}")
  foreach(flag IN LISTS flags)
    string(REGEX REPLACE ".*(--[a-z0-9-]+)$" "\\1" flag "${flag}")
    if(flag STREQUAL "--help")
      continue()
    endif()
    math(EXPR checked "${checked} + 1")
    if(NOT page MATCHES "${flag}[^a-z0-9-]")
      message(SEND_ERROR "litmark ${command} ${flag} is not in ${PAGE}")
    endif()
  endforeach()
endforeach()
if(checked LESS 50)
  message(FATAL_ERROR "only ${checked} flags found in the help texts")
endif()
message(STATUS "${checked} flags checked")
