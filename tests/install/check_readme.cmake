# SPDX-License-Identifier: MIT
#
# cmake -D LITMARK=... -D README=... -P check_readme.cmake: the README lists the operators that this
# build has.
cmake_minimum_required(VERSION 3.22)
execute_process(
  COMMAND ${EMULATOR} ${LITMARK} devices --ops
  RESULT_VARIABLE code
  OUTPUT_VARIABLE text)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "litmark devices --ops: ${code}")
endif()
string(REGEX REPLACE ".*ops with a reference kernel\n" "" ops "${text}")
string(REGEX MATCHALL "[A-Za-z0-9_]+" ops "${ops}")
list(LENGTH ops count)
if(count LESS 40)
  message(FATAL_ERROR "only ${count} operators in:\n${text}")
endif()

file(READ ${README} readme)
string(REGEX REPLACE ".*lists the operators with a reference kernel:\n\n```\n([^`]*)```.*" "\\1" listed
                     "${readme}")
string(REGEX MATCHALL "[A-Za-z0-9_]+" listed "${listed}")
if(NOT listed STREQUAL ops)
  message(FATAL_ERROR "the list of operators in ${README} is not that of `litmark devices --ops`:\n"
                      "${text}")
endif()
message(STATUS "${count} operators")
