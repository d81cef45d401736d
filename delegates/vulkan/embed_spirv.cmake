# SPDX-License-Identifier: MIT
#
# cmake -D GLSLANG=.. -D NAME=add -D TYPE=f32 -D "TEXTS=prelude.glsl|a.part|add.kernel" -D OUT=add_f32.h
#       -P embed_spirv.cmake
# Compiles one kernel for one element type and writes its words as C arrays: NAME_TYPE_spirv, and
# NAME_TYPE_spirv_dot, which is empty unless the kernel uses LM_DOT4_I8.
cmake_minimum_required(VERSION 3.22)

string(REPLACE "|" ";" TEXTS "${TEXTS}")
string(TOUPPER ${TYPE} upper)
set(text "")
set(uses_dot OFF)
set(defines -DLM_TYPE_${upper})
foreach(source IN LISTS TEXTS)
  file(READ ${source} part)
  string(APPEND text "${part}")
  # The prelude is where it is defined.
  if(part MATCHES "LM_DOT4_I8" AND NOT source MATCHES "prelude")
    set(uses_dot ON)
  endif()
  if(part MATCHES "fcoopmatNV" AND TYPE STREQUAL "f16")
    list(APPEND defines -DLM_HAS_MATRIX)
  endif()
  set(last ${source})
endforeach()
set(source ${last})
file(WRITE ${OUT}.comp "${text}")

# Appends the words to `arrays`.
function(compile array)
  execute_process(
    COMMAND ${GLSLANG} --quiet -V --target-env vulkan1.1 -S comp ${defines} ${ARGN} --vn ${array}
            -o ${OUT}.words ${OUT}.comp
    OUTPUT_VARIABLE log
    ERROR_VARIABLE log
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${source} for ${TYPE} (${OUT}.comp):\n${log}")
  endif()
  file(READ ${OUT}.words words)
  string(REGEX REPLACE "^.*const uint32_t" "static const uint32_t" words "${words}")
  set(arrays "${arrays}${words}\n" PARENT_SCOPE)
endfunction()

set(arrays "// Made of ${source} for ${TYPE}.\n")
set(array ${NAME}_${TYPE}_spirv)
compile(${array})
if(uses_dot)
  compile(${array}_dot -DLM_HAS_DOT4)
  string(APPEND arrays "enum { ${array}_dot_bytes = sizeof ${array}_dot };\n")
else()
  string(APPEND arrays "static const uint32_t ${array}_dot[1] = {0};\n"
         "enum { ${array}_dot_bytes = 0 };\n")
endif()
file(WRITE ${OUT} "${arrays}")
file(REMOVE ${OUT}.words)
