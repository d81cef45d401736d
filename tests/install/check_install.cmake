# SPDX-License-Identifier: MIT
#
# cmake -D BUILD=... -P check_install.cmake, see CMakeLists.txt.
cmake_minimum_required(VERSION 3.22)
set(consumer ${CMAKE_CURRENT_LIST_DIR}/consumer)
set(prefix ${WORK}/moved)

# The libraries of an instrumented build need the same flags at the consumer's link.
set(flags "")
if(SANITIZE)
  list(APPEND flags -fsanitize=${SANITIZE})
endif()
if(COVERAGE)
  list(APPEND flags --coverage)
endif()

# run(what output command...): fails the test with everything that was printed unless it exits with 0.
function(run what output)
  execute_process(
    COMMAND ${ARGN}
    RESULT_VARIABLE code
    OUTPUT_VARIABLE text
    ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what}: ${code}\n${ARGN}\n${text}")
  endif()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

# check_consumer(program): it runs the shipped classifier on the cpu delegate.
function(check_consumer program)
  run("${program}" text ${EMULATOR} ${program} ${MODEL})
  if(NOT text MATCHES "^ran on cpu, 36 classes, probabilities add up to 1\n$")
    message(FATAL_ERROR "${program} printed: ${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK}/first ${prefix} ${WORK}/consumer)
run("install" ignored ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${prefix})

foreach(
  file
  bin/litmark
  bin/bench
  include/litmark/interpreter.h
  include/litmark/builtin_list.inc
  include/litmark/delegates.h
  ${LIBDIR}/liblitmark.a
  ${LIBDIR}/liblitmark_delegates.a
  share/man/man1/litmark.1
  share/man/man1/bench.1
  share/doc/litmark/LICENSE
  share/litmark/result.schema.json)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

run("litmark --version" text ${EMULATOR} ${prefix}/bin/litmark --version)
if(NOT text MATCHES "^litmark [0-9]+\\.[0-9]+\\.[0-9]+\n$")
  message(FATAL_ERROR "litmark --version printed: ${text}")
endif()
run("bench --help" text ${EMULATOR} ${prefix}/bin/bench --help)
if(NOT text MATCHES "--min-time")
  message(FATAL_ERROR "bench --help printed: ${text}")
endif()

# A CMake project that knows C only.
string(REPLACE ";" " " flags_text "${flags}")
run("configure with find_package"
    ignored
    ${CMAKE_COMMAND}
    -S ${consumer}
    -B ${WORK}/consumer
    -D litmark_ROOT=${prefix}
    -D CMAKE_FIND_ROOT_PATH_MODE_PACKAGE=NEVER
    -G ${GENERATOR} -D CMAKE_MAKE_PROGRAM=${MAKE_PROGRAM} -D CMAKE_C_COMPILER=${CC}
    -D CMAKE_TOOLCHAIN_FILE=${TOOLCHAIN}
    -D CMAKE_C_FLAGS=${flags_text})
run("build with find_package" ignored ${CMAKE_COMMAND} --build ${WORK}/consumer)
check_consumer(${WORK}/consumer/consumer)

# pkg-config and a compiler.
set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
run("pkg-config" text ${PKG_CONFIG} --cflags --libs litmark)
separate_arguments(pc_flags UNIX_COMMAND "${text}")
run("build with pkg-config" ignored ${CC} -std=c11 -Wall -Wextra -Werror ${flags}
    ${consumer}/consumer.c -o ${WORK}/consumer/by_pkg_config ${pc_flags})
check_consumer(${WORK}/consumer/by_pkg_config)
message(STATUS "installed, moved, found by CMake and by pkg-config")
