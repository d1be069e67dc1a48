# One target per folder, and the compiler settings they share.

# base/version.h comes from the version of project().
configure_file(${PROJECT_SOURCE_DIR}/cmake/version.h.in ${PROJECT_BINARY_DIR}/generated/base/version.h @ONLY)

add_library(npusched_options INTERFACE)
target_include_directories(npusched_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(npusched_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
# g++ 12 sees overlapping and endless copies in "literal" + std::string (its bug 105651).
target_compile_options(npusched_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow>)
# The same bytes on every machine: no fused multiply-add that only some have.
target_compile_options(npusched_options INTERFACE -ffp-contract=off)
if(NPUSCHED_WERROR)
  target_compile_options(npusched_options INTERFACE -Werror)
endif()
if(NPUSCHED_SANITIZE)
  target_compile_options(npusched_options INTERFACE -fsanitize=${NPUSCHED_SANITIZE} -fno-omit-frame-pointer
                                                    -fno-sanitize-recover=all)
  target_link_options(npusched_options INTERFACE -fsanitize=${NPUSCHED_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # The two things that make ccache give up on precompiled headers are harmless here: no source prints its build time.
  # With a base folder, two clones share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# npusched_layer(NAME LINK targets...): a static library of all sources of folder NAME.
function(npusched_layer name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cc)
  if(NOT sources)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.cc CONTENT "")
    set(sources ${PROJECT_BINARY_DIR}/empty.cc)
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC npusched_options ${ARG_LINK})
endfunction()
