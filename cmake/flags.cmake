# SPDX-License-Identifier: MIT
# Compiler flags of this project's own code, as one interface target: link it PRIVATE.
add_library(lm_flags INTERFACE)
target_compile_features(lm_flags INTERFACE c_std_11 cxx_std_17)
# _GNU_SOURCE: mmap, clock_gettime and friends under -std=c11.
target_compile_definitions(lm_flags INTERFACE _GNU_SOURCE)
target_compile_options(
  lm_flags
  INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wundef
    # Results must not depend on whether the compiler found a fused multiply-add: kernels that want
    # one say so with an intrinsic.
    -ffp-contract=off
    $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wno-sign-conversion -Wstrict-prototypes
    -Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>
    $<$<BOOL:${LM_WERROR}>:-Werror>)
if(LM_SANITIZE)
  target_compile_options(lm_flags INTERFACE -fsanitize=${LM_SANITIZE} -fno-omit-frame-pointer
                                            -fno-sanitize-recover=all)
  target_link_options(lm_flags INTERFACE -fsanitize=${LM_SANITIZE})
endif()
if(LM_COVERAGE)
  target_compile_options(lm_flags INTERFACE --coverage -O0 -g)
  target_link_options(lm_flags INTERFACE --coverage)
endif()
