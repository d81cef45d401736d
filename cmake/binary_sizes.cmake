# SPDX-License-Identifier: MIT
#
# Code and data of each static library inside an executable, taken from the linker's map, which says
# for every input section how large it is and which archive it came from.
#
# Included: lm_record_sizes(TARGET COMPONENT=LIBRARY_TARGET ...) writes the figures into the section
# .litmark.sizes of the executable after it was linked, so that they cannot be stale.
# Run (cmake -P): that step, with MAP, PROGRAM, OBJCOPY and COMPONENTS ("name=archive.a,...").

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(LM_BINARY_SIZES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(lm_record_sizes target)
    if(NOT CMAKE_OBJCOPY)
      message(STATUS "No objcopy: ${target} will not know the sizes of its parts")
      return()
    endif()
    set(components "")
    foreach(pair IN LISTS ARGN)
      string(REGEX MATCH "^([^=]+)=(.+)$" pair "${pair}")
      list(APPEND components "${CMAKE_MATCH_1}=$<TARGET_FILE_NAME:${CMAKE_MATCH_2}>")
    endforeach()
    list(JOIN components "," components)
    set(map ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
    target_link_options(${target} PRIVATE "LINKER:-Map=${map}")
    add_custom_command(
      TARGET ${target}
      POST_BUILD
      COMMAND ${CMAKE_COMMAND} -D MAP=${map} -D PROGRAM=$<TARGET_FILE:${target}> -D
              OBJCOPY=${CMAKE_OBJCOPY} -D "COMPONENTS=${components}" -P ${LM_BINARY_SIZES_SCRIPT}
      VERBATIM)
  endfunction()
  return()
endif()

# " .text.name  0xADDRESS  0xSIZE path/lib.a(file.o)"; a long name stands on a line of its own, and
# the rest on the next. Address 0: sections that were dropped or are not loaded.
set(row "0x([0-9a-f]+) +0x([0-9a-f]+) .*[/ ]([^/ ]+\\.a)\\([^)]*\\)$")
file(STRINGS ${MAP} lines REGEX "(^ [.C][^ ]+$)|(${row})")
string(REPLACE "," ";" COMPONENTS "${COMPONENTS}")
set(names "")
foreach(pair IN LISTS COMPONENTS)
  string(REGEX MATCH "^([^=]+)=(.+)$" pair "${pair}")
  list(LENGTH names number)
  list(APPEND names ${CMAKE_MATCH_1})
  set(number_of_${CMAKE_MATCH_2} ${number})
  foreach(kind text rodata data bss)
    set(${kind}_${number} 0)
  endforeach()
endforeach()

set(section "")
foreach(line IN LISTS lines)
  if(line MATCHES "^ ([.C][^ ]+)")
    set(section ${CMAKE_MATCH_1})
  endif()
  if(NOT line MATCHES "${row}")
    continue()
  endif()
  set(address ${CMAKE_MATCH_1})
  set(size ${CMAKE_MATCH_2})
  set(number "${number_of_${CMAKE_MATCH_3}}")
  if(number STREQUAL "" OR address MATCHES "^0+$")
    continue()
  endif()
  if(section MATCHES "^\\.text" OR section MATCHES "^\\.(init|fini)$")
    set(kind text)
  elseif(section MATCHES "^\\.(rodata|eh_frame|gcc_except_table)")
    set(kind rodata)
  elseif(section MATCHES "^\\.(data|init_array|fini_array)")
    set(kind data)
  elseif(section MATCHES "^(\\.bss|COMMON)")
    set(kind bss)
  else()
    continue()
  endif()
  math(EXPR ${kind}_${number} "${${kind}_${number}} + 0x${size}")
endforeach()

set(text "")
set(number 0)
foreach(name IN LISTS names)
  # A library that is not in the program, or a map in another linker's format: nothing is better
  # than a zero.
  if(text_${number} GREATER 0)
    string(APPEND text "${name} ${text_${number}} ${rodata_${number}} ${data_${number}} "
                       "${bss_${number}}\n")
  endif()
  math(EXPR number "${number} + 1")
endforeach()
if(text STREQUAL "")
  message(STATUS "${PROGRAM}: the linker's map names no archives, no sizes recorded")
  return()
endif()
file(WRITE ${PROGRAM}.sizes "${text}")
execute_process(
  COMMAND ${OBJCOPY} --remove-section=.litmark.sizes --add-section=.litmark.sizes=${PROGRAM}.sizes
          ${PROGRAM}
  RESULT_VARIABLE failed)
file(REMOVE ${PROGRAM}.sizes)
if(failed)
  message(FATAL_ERROR "${PROGRAM}: objcopy could not add the sizes")
endif()
