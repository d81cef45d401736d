# SPDX-License-Identifier: MIT
#
# cmake -D GLSLANG=.. -D NAME=add -D TYPE=f32 -D SOURCE=add.kernel -D PRELUDE=prelude.glsl -D OUT=add_f32.h
#       -P embed_spirv.cmake
# Compiles one kernel for one element type and writes its words as C arrays: NAME_TYPE_spirv, and
# NAME_TYPE_spirv_dot, which is empty unless the kernel uses LM_DOT4_*. Lines #include "x" of kernels
# are replaced by that file, which lies beside the kernel.
cmake_minimum_required(VERSION 3.22)

# The text of a kernel. CMake's lists would split it at semicolons: they are hidden while lines are
# looked at.
function(read_kernel path out)
  file(READ ${path} text)
  get_filename_component(folder ${path} DIRECTORY)
  while(text MATCHES "(^|\n)#include \"([A-Za-z0-9_.]+)\"\n")
    set(line "#include \"${CMAKE_MATCH_2}\"\n")
    file(READ ${folder}/${CMAKE_MATCH_2} part)
    string(REPLACE "${line}" "${part}" text "${text}")
  endwhile()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

set(prelude "")
if(PRELUDE)
  file(READ ${PRELUDE} prelude)
  string(APPEND prelude "#line 1\n")
endif()
read_kernel(${SOURCE} text)
string(TOUPPER ${TYPE} upper)
file(WRITE ${OUT}.comp "${prelude}${text}")

# Appends the words to `arrays`.
function(compile array)
  execute_process(
    COMMAND ${GLSLANG} --quiet -V --target-env vulkan1.1 -S comp -D${upper_define} ${ARGN} --vn ${array}
            -o ${OUT}.words ${OUT}.comp
    OUTPUT_VARIABLE log
    ERROR_VARIABLE log
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${SOURCE} for ${TYPE}:\n${log}")
  endif()
  file(READ ${OUT}.words words)
  string(REGEX REPLACE "^.*const uint32_t" "static const uint32_t" words "${words}")
  set(arrays "${arrays}${words}\n" PARENT_SCOPE)
endfunction()

set(upper_define LM_TYPE_${upper})
set(arrays "// Made of ${SOURCE} for ${TYPE}.\n")
set(array ${NAME}_${TYPE}_spirv)
compile(${array})
if(text MATCHES "LM_DOT4_[A-Z]")
  compile(${array}_dot -DLM_INTEGER_DOT)
  string(APPEND arrays "enum { ${array}_dot_bytes = sizeof ${array}_dot };\n")
else()
  string(APPEND arrays "static const uint32_t ${array}_dot[1] = {0};\n"
         "enum { ${array}_dot_bytes = 0 };\n")
endif()
file(WRITE ${OUT} "${arrays}")
file(REMOVE ${OUT}.words)
